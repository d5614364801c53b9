"""A simulator of the cloud: Twilio and AWS as the relay sees them, with faults at will."""
