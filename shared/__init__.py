"""What every service of xietiao stands on: contracts, outbox, inbox, bus, web edge. Knows no service's rules."""
