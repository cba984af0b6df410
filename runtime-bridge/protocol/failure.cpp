#include "runtime-bridge/protocol/failure.h"

#include <nlohmann/json.hpp>

namespace runtime {

using nlohmann::json;

namespace {

void readCapture(const json &j, Failure &v)
{
    for (const json &item : j.value("frames", json::array())) {
        CapturedFrame &frame = v.frames.emplace_back();
        frame.file = item.value("file", "");
        frame.line = item.value("line", 0);
        frame.function = item.value("function", "");
        frame.source = item.value("source", "");
        for (const json &variable : item.value("locals", json::array()))
            frame.locals.push_back(
                {variable.at(0).get<std::string>(), variable.at(1).get<std::string>()});
        frame.localsLeftOut = item.value("locals_left_out", 0);
    }
    v.framesLeftOut = j.value("frames_left_out", 0);
    v.note = j.value("note", "");
}

} // namespace

Failure failureOf(Invocation invocation)
{
    Failure failure;
    try {
        const json capture = json::parse(invocation.capture, nullptr, false);
        if (capture.is_object())
            readCapture(capture, failure);
        else
            failure.note = "Frames with their variables are kept of the last failures of Python "
                           "and Node.js functions only.";
    } catch (const json::exception &error) {
        failure.frames.clear();
        failure.note = error.what();
    }
    failure.invocation = std::move(invocation);
    return failure;
}

json toJson(const Failure &v)
{
    json frames = json::array();
    for (const CapturedFrame &frame : v.frames) {
        json locals = json::array();
        for (const CapturedVariable &variable : frame.locals)
            locals.push_back({variable.name, variable.value});
        frames.push_back({{"file", frame.file},
                          {"line", frame.line},
                          {"function", frame.function},
                          {"source", frame.source},
                          {"locals", std::move(locals)},
                          {"locals_left_out", frame.localsLeftOut}});
    }
    return {{"invocation", toJson(v.invocation)},
            {"frames", std::move(frames)},
            {"frames_left_out", v.framesLeftOut},
            {"note", v.note}};
}

template<> Result<Failure> fromJson<Failure>(const json &j)
try {
    Failure v;
    Result<Invocation> invocation = fromJson<Invocation>(j.at("invocation"));
    if (!invocation)
        return tl::unexpected(invocation.error());
    v.invocation = std::move(*invocation);
    readCapture(j, v);
    return v;
} catch (const json::exception &error) {
    return failure(ErrorCode::RequestInvalid, "failure", error.what());
}

} // namespace runtime
