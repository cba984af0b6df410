def start(params):
    return params
