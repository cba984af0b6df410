"""A function that a worker forked ahead loads and calls once, before it knows its own."""
import json
import os
import time


def handler(event, context):
    return {"statusCode": 200, "body": "ok"}
