import os


def handler(event, context):
    last_minute, last_five, _ = os.getloadavg()
    if last_minute > os.cpu_count():
        print(f"busy: {last_minute:.2f} processes wanted to run")
    return {"load": last_minute, "load5": last_five}
