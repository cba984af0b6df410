#include "runtime-bridge/function/importers/serverlessevents.h"

#include "runtime-bridge/function/importers/cloudformation.h"
#include "runtime-bridge/function/importers/section.h"

#include <array>

namespace runtime::importers {

namespace {

struct ServerlessEventReader {
    FunctionSpec &spec;
    Import &import;

    [[nodiscard]] std::string in(std::string_view what) const
    {
        return std::string(what) + " of function \"" + spec.name + "\"";
    }

    /// "GET users/{id}", "*", or a map with path and method.
    void http(const Node &node, bool isHttpApi)
    {
        if (node.isScalar()) {
            const std::size_t space = node.text.find(' ');
            const bool isAll = node.text == "*" || space == std::string::npos;
            if (node.text == "*")
                import.addEveryPath(spec, node);
            else if (isAll)
                import.addHttp(spec, node, {});
            else
                import.addHttp(spec, node.scalar(pathOf(node.text.substr(space + 1))),
                               {node.scalar(node.text.substr(0, space))});
            return;
        }
        Section section(import, node, in(isHttpApi ? "httpApi" : "http"));
        Node path = section.take("path");
        const Node method = section.take("method");
        if (section.take("integration").text == "lambda")
            import.note(node, "the integration \"lambda\" is not known here; the event has the "
                              "form of \"lambda-proxy\"");
        section.pass({"authorizer", "async", "connectionId", "connectionType", "cors",
                      "documentation", "operationId", "payload", "private", "request", "response",
                      "schema", "timeout"});
        section.end();
        path.text = pathOf(path.text);
        if (!path.isThere() || path.text == "*")
            import.addEveryPath(spec, node);
        else
            import.addHttp(spec, path, method.asList());
    }

    /// Google and others write ":id", we "{id}".
    static std::string pathOf(std::string path)
    {
        for (std::size_t at = path.find("/:"); at != std::string::npos; at = path.find("/:", at)) {
            const std::size_t end = path.find('/', at + 1);
            path.replace(at + 1, 1, "{");
            path.insert(end == std::string::npos ? path.size() : end, "}");
        }
        return path;
    }

    void schedule(const Node &node)
    {
        if (node.isScalar())
            return import.addTimer(spec, node, scheduleFromAws(node.text));
        Section section(import, node, in("schedule"));
        const Node rates = section.take("rate");
        const Node enabled = section.take("enabled");
        const std::string zone = import.text(section.take("timezone"));
        if (const Node input = section.take("input"); input.isThere())
            import.note(input, "the input of a schedule is not given to the function here");
        section.pass(
            {"description", "inputPath", "inputTransformer", "method", "name", "groupName"});
        section.end();
        if (enabled.isThere() && !Import::isTrue(enabled))
            return import.note(enabled, in("a schedule") + " is switched off");
        for (const Node &rate : rates.asList()) {
            Result<Schedule> schedule = scheduleFromAws(import.text(rate));
            if (schedule && schedule->every.count() == 0)
                schedule->zone = zone;
            import.addTimer(spec, rate, schedule);
        }
    }

    void s3(const Node &node)
    {
        if (node.isScalar())
            return import.addObject(spec, node, {.bucket = node.text},
                                    {node.scalar("s3:ObjectCreated:*")});
        Section section(import, node, in("s3"));
        ObjectTrigger object{.bucket = CloudFormation::nameMeant(section.take("bucket"))};
        const Node event = section.take("event");
        for (const Node &rule : section.take("rules").asList()) {
            Section parts(import, rule, in("a rule"));
            if (const Node prefix = parts.take("prefix"); prefix.isThere())
                object.prefix = import.text(prefix);
            if (const Node suffix = parts.take("suffix"); suffix.isThere())
                object.suffix = import.text(suffix);
            parts.end();
        }
        section.pass({"existing", "forceDeploy"});
        section.end();
        // Without one the tool asks for those that are created.
        import.addObject(spec, node, std::move(object),
                         event.isThere() ? event.asList()
                                         : std::vector<Node>{node.scalar("s3:ObjectCreated:*")});
    }

    void sqs(const Node &node)
    {
        if (node.isScalar() || CloudFormation::isValue(node))
            return import.addQueue(spec, node, CloudFormation::nameMeant(node), {});
        Section section(import, node, in("sqs"));
        const Node arn = section.take("arn");
        const Node batch = section.take("batchSize");
        section.pass({"maximumBatchingWindow", "functionResponseType", "filterPatterns",
                      "maximumConcurrency", "enabled"});
        section.end();
        import.addQueue(spec, node, CloudFormation::nameMeant(arn), batch);
    }

    /// Tencent's: {parameters: {bucket, filter: {prefix, suffix}, events, enable}}
    void cos(const Node &node)
    {
        const Node parameters = node["parameters"].isThere() ? node["parameters"] : node;
        Section section(import, parameters, in("cos"));
        Section filter(import, section.take("filter"), in("a filter"));
        ObjectTrigger object{.bucket = import.text(section.take("bucket"))};
        object.bucket = object.bucket.substr(0, object.bucket.find(".cos."));
        object.prefix = import.text(filter.take("prefix"));
        object.suffix = import.text(filter.take("suffix"));
        filter.end();
        const Node events = section.take("events");
        const Node enabled = section.take("enable");
        section.pass({"name", "qualifier", "parameters"});
        section.end();
        if (enabled.isThere() && !Import::isTrue(enabled))
            return import.note(enabled, in("a bucket") + " is switched off");
        import.addObject(spec, node, std::move(object), events.asList());
    }

    /// Tencent's: {name, parameters: {cronExpression, enable}}
    void timer(const Node &node)
    {
        const Node parameters = node["parameters"].isThere() ? node["parameters"] : node;
        Section section(import, parameters, in("timer"));
        const Node cron = section.take("cronExpression");
        const Node enabled = section.take("enable");
        section.pass({"name", "qualifier", "argument", "cronTimezone", "parameters"});
        section.end();
        if (enabled.isThere() && !Import::isTrue(enabled))
            return import.note(enabled, in("a timer") + " is switched off");
        Result<Schedule> schedule = scheduleWithSeconds(cron.text);
        if (schedule && schedule->every.count() == 0 && schedule->zone.empty())
            schedule->zone = "Asia/Shanghai"; // the platform's own
        import.addTimer(spec, cron.isThere() ? cron : node, schedule);
    }

    /// Tencent's: one route for a function, or the endpoints of a component.
    void apigw(const Node &node)
    {
        const Node parameters = node["parameters"].isThere() ? node["parameters"] : node;
        Section section(import, parameters, in("apigw"));
        const Node method = section.take("httpMethod");
        const Node path = section.take("path");
        for (const Node &endpoint : section.take("endpoints").asList()) {
            Section parts(import, endpoint, in("an endpoint"));
            import.addHttp(spec, parts.take("path"), parts.take("method").asList());
            parts.pass({"apiName", "enableCORS", "serviceTimeout", "function", "usagePlan", "auth",
                        "description", "responseType", "param"});
            parts.end();
        }
        if (method.isThere() || path.isThere() || !parameters["endpoints"].isThere())
            import.addHttp(spec, path.isThere() ? path : node.scalar("/" + spec.name),
                           method.asList());
        section.pass({"serviceId", "serviceName", "serviceDesc", "stageName", "environment",
                      "protocols", "integratedResponse", "netTypes", "enableCORS", "name",
                      "parameters"});
        section.end();
    }
};

/// Events of platforms that no trigger of ours stands for.
void readEvent(const std::string &kind, const Node &at, const Node &value,
               ServerlessEventReader &reader)
{
    if (kind == "http" || kind == "httpApi")
        reader.http(value, kind == "httpApi");
    else if (kind == "schedule")
        reader.schedule(value);
    else if (kind == "timer")
        reader.timer(value);
    else if (kind == "apigw")
        reader.apigw(value);
    else if (kind == "s3")
        reader.s3(value);
    else if (kind == "sqs")
        reader.sqs(value);
    else if (kind == "cos")
        reader.cos(value);
    else
        reader.import.noteTrigger(reader.spec, at, kind);
}

} // namespace

void readServerlessEvents(const Node &events, FunctionSpec &spec, Import &import)
{
    ServerlessEventReader reader{spec, import};
    for (const Node &event : events.asList()) {
        if (event.isScalar()) { // "- httpApi", "- alexaSkill"
            readEvent(event.text, event, event.scalar("*"), reader);
            continue;
        }
        if (!event.isMap() || event.members.empty()) {
            import.note(event, "an event has one kind, such as \"- http: GET users\"");
            continue;
        }
        for (const Member &member : event.members)
            readEvent(member.name.text, member.name, member.value, reader);
    }
}

} // namespace runtime::importers
