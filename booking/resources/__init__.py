"""Resources: rooms and equipment that bookings occupy along with their hosts."""
