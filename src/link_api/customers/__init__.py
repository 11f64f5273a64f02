"""Who a proved contact is."""
