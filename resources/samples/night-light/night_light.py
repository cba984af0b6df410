"""Switches a lamp by the light that a sensor sees.

On a Raspberry Pi: dtoverlay=i2c-sensor,bh1750 and dtoverlay=gpio-led,gpio=17,label=lamp.
"""
import os
from pathlib import Path

SENSOR = Path("/sys/bus/iio/devices/iio:device0/in_illuminance_raw")
LAMP = Path("/sys/class/leds/lamp/brightness")
LUX_PER_COUNT = 0.833

THRESHOLD = float(os.environ.get("THRESHOLD", "200"))


def handler(event, context):
    lux = read_lux(event)
    lamp = 1 if lux < THRESHOLD else 0
    if LAMP.exists():
        LAMP.write_text(str(lamp))
    return {"lux": round(lux, 1), "lamp": lamp}


def read_lux(event):
    if "lux" in event:  # an event can stand in for the sensor, where there is none
        return float(event["lux"])
    return int(SENSOR.read_text()) * LUX_PER_COUNT
