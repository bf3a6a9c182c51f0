"""Every knob, the named profiles, and the checks of both."""
