"""Tencent SCF, main_handler(event, context), and CloudBase: the context is a dictionary."""
import json
import os

from .common import resolved


def context_of(load, message):
    return {
        "memory_limit_in_mb": load["memory_mb"],
        "time_limit_in_ms": message["timeout_ms"],
        "request_id": message["id"],
        "environ": ";".join(f"{name}={value}" for name, value in load["environment"].items()),
        "environment": json.dumps(load["environment"]),
        "function_name": load["name"],
        "function_version": str(load["version"]),
        "namespace": os.environ.get("SCF_NAMESPACE", "default"),
        "tencentcloud_region": os.environ.get("TENCENTCLOUD_REGION", "local"),
        "tencentcloud_appid": os.environ.get("TENCENTCLOUD_APPID", ""),
        "tencentcloud_uin": os.environ.get("TENCENTCLOUD_UIN", ""),
    }


def bind(handler, load):
    def call(message, event):
        return resolved(handler(json.loads(event), context_of(load, message)))
    return call
