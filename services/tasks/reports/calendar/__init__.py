"""When periods open by themselves, who must report as of then, and the copies of the registry that say so."""
