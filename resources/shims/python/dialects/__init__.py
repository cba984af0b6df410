"""The dialects: what each platform calls a handler with, and what it makes of the answer.

Each module has bind(handler, load): a function of (message, event) that calls the handler, where
event is the JSON text of the runtime as bytes, and gives a value that JSON can hold. One that has
before_load(load) is told before the user's module is imported.
"""
from . import alibaba, aws, azure, gcp, knative, kubeless, openfaas, openwhisk, tencent

BY_NAME = {
    "aws": aws,
    "serverless-framework": aws,
    "gcp": gcp,
    "azure": azure,
    "alibaba": alibaba,
    "tencent": tencent,
    "cloudbase": tencent,
    "openfaas": openfaas,
    "openwhisk": openwhisk,
    "kubeless": kubeless,
    "knative": knative,
}
