#!/bin/sh
# A zedlet, see zed(8): a device of a pool came, went or failed.
exec /usr/lib/bedplate/hooks/storage-event
