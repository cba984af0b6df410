def main(req):
    return "hi"
