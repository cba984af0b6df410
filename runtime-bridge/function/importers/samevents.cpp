#include "runtime-bridge/function/importers/samevents.h"

#include "runtime-bridge/function/importers/section.h"

namespace runtime::importers {

namespace {

struct SamEventReader {
    FunctionSpec &spec;
    Import &import;
    CloudFormation &cloud;

    void http(Section &event)
    {
        const Node path = cloud.evaluate(event.take("Path"));
        const Node method = cloud.evaluate(event.take("Method"));
        event.pass({"ApiId", "RestApiId", "Auth", "PayloadFormatVersion", "RequestModel",
                    "RequestParameters", "RouteSettings", "TimeoutInMillis",
                    "ResponseTransferMode"});
        if (path.isThere())
            import.addHttp(spec, path, method.asList());
        else
            import.addEveryPath(spec, event.node());
    }

    void schedule(Section &event)
    {
        const Node rate = event.take("Schedule");
        const Node expression = event.take("ScheduleExpression");
        const Node when = cloud.evaluate(rate.isThere() ? rate : expression);
        const Node enabled = event.take("Enabled");
        const Node state = event.take("State");
        if (const Node input = event.take("Input"); input.isThere())
            import.note(input, "the input of a schedule is not given to the function here");
        const std::string zone = import.text(event.take("ScheduleExpressionTimezone"));
        event.pass({"DeadLetterConfig", "Description", "EndDate", "FlexibleTimeWindow", "GroupName",
                    "KmsKeyArn", "Name", "OmitName", "PermissionsBoundary", "RetryPolicy",
                    "RoleArn", "StartDate"});
        if ((enabled.isThere() && !Import::isTrue(enabled)) || state.text == "DISABLED")
            return import.note(event.node(),
                               "a schedule of function \"" + spec.name + "\" is switched off");
        Result<Schedule> schedule = scheduleFromAws(import.text(when));
        if (schedule && schedule->every.count() == 0)
            schedule->zone = zone;
        import.addTimer(spec, when, schedule);
    }

    void object(Section &event)
    {
        ObjectTrigger object{.bucket = import.text(cloud.evaluate(event.take("Bucket")))};
        const Node events = event.take("Events");
        for (const Node &rule : event.take("Filter")["S3Key"]["Rules"].asList()) {
            const std::string value = import.text(cloud.evaluate(rule["Value"]));
            (rule["Name"].text == "prefix" ? object.prefix : object.suffix) = value;
        }
        import.addObject(spec, event.node(), std::move(object), events.asList());
    }

    void queue(Section &event)
    {
        const Node queue = event.take("Queue");
        const Node batch = event.take("BatchSize");
        event.pass({"DestinationConfig", "Enabled", "FilterCriteria", "FunctionResponseTypes",
                    "KmsKeyArn", "MaximumBatchingWindowInSeconds", "MetricsConfig",
                    "ScalingConfig"});
        import.addQueue(spec, event.node(), CloudFormation::nameMeant(queue), batch);
    }

    void read(const Member &member)
    {
        const std::string where = "the event \"" + member.name.text + "\"";
        Section outer(import, member.value, where);
        const Node type = outer.take("Type");
        Section event(import, outer.take("Properties"), where);
        outer.end();
        if (type.text == "Api" || type.text == "HttpApi")
            http(event);
        else if (type.text == "Schedule" || type.text == "ScheduleV2")
            schedule(event);
        else if (type.text == "S3")
            object(event);
        else if (type.text == "SQS")
            queue(event);
        else
            return import.noteTrigger(spec, type, type.text);
        event.end();
    }
};

} // namespace

void readSamEvents(const Node &events, FunctionSpec &spec, Import &import, CloudFormation &cloud)
{
    SamEventReader reader{spec, import, cloud};
    for (const Member &member : events.members)
        reader.read(member);
}

} // namespace runtime::importers
