"""Faults between browser, bridge, auth service and stores: nobody is logged out by any of them."""
