#include "runtime-bridge/protocol/alarmmessages.h"

#include <nlohmann/json.hpp>

namespace runtime {

using nlohmann::json;

json toJson(const AlarmState &v)
{
    return {{"alarm", v.words},
            {"state", v.isRaised ? "raised" : "ok"},
            {"since_us", v.sinceUs},
            {"figure", v.figure},
            {"message", v.message}};
}

AlarmState alarmStateFromJson(const json &j)
{
    return {j.at("alarm").get<std::string>(), j.value("state", "") == "raised",
            j.value("since_us", std::int64_t(0)), j.value("figure", ""), j.value("message", "")};
}

json toJson(const AlarmChange &v)
{
    json object = toJson(v.alarm);
    object.erase("webhook"); // where it goes is nothing for those it comes to
    object["alarm"] = describe(v.alarm);
    object["target"] = object["function"];
    object["function"] = v.function;
    object["state"] = v.isRaised ? "raised" : "ok";
    object["time_us"] = v.timeUs;
    object["figure"] = v.figure;
    return object;
}

AlarmChange alarmChangeFromJson(const json &j)
{
    AlarmChange v;
    json alarm = j;
    alarm["function"] = j.value("target", "");
    v.alarm = alarmFromJson(alarm);
    v.function = j.at("function").get<std::string>();
    v.isRaised = j.value("state", "") == "raised";
    v.timeUs = j.value("time_us", std::int64_t(0));
    v.figure = j.value("figure", "");
    return v;
}

} // namespace runtime
