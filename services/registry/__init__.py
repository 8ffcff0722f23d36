"""The registry: who is responsible for what, on any day (永政办发〔2009〕106号)."""
