#!/bin/sh
# Lab stand-in: FRR's own frr-reload.py with pfSense's paths.
exec /usr/bin/python3 /usr/lib/frr/frr-reload.py \
    --bindir /usr/local/bin --confdir /var/etc/frr --rundir /var/run/frr "$@"
