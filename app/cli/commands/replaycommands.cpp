#include "app/cli/commandlist.h"
#include "app/cli/functionchoice.h"
#include "app/cli/runtimecommand.h"
#include "app/cli/terminal.h"
#include "runtime-bridge/base/file.h"

#include <QFile>
#include <QSocketNotifier>
#include <QTimer>

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <array>
#include <chrono>

namespace app {

using nlohmann::json;
using nlohmann::ordered_json;
using runtime::ErrorCode;
using runtime::Happening;
using runtime::Invocation;
using runtime::Result;

namespace {

constexpr std::size_t longestRecording = 512u << 20;

struct RecordingOptions {
    std::string function;
    std::string file;
    std::string on;
    int count = 0; ///< 0: until Ctrl+C.
};

/// Writes the events that a function's triggers give, with their times, one JSON object a line.
class RecordEventsCommand final : public RuntimeCommand
{
public:
    RecordEventsCommand(Output &output, RecordingOptions options)
        : RuntimeCommand(output), m_options(std::move(options))
    {
    }

    void start() override
    {
        const Result<Place> place = placeNamed(m_options.on);
        if (!place)
            return fail(place.error());
        if (place->kind == Place::Kind::Controller)
            return fail(
                {ErrorCode::UsageInvalid, "edgewright record",
                 place->name + " is a controller; events are recorded here and on devices"});
        m_file.setFileName(QString::fromStdString(m_options.file));
        if (!m_file.open(QIODevice::WriteOnly))
            return fail(
                {ErrorCode::FileUnwritable, m_options.file, m_file.errorString().toStdString()});
        connectTo(*place);
    }

    void interrupt() override
    {
        output().note(QStringLiteral("%1 events are recorded.").arg(m_recorded));
        finish(Exit::Done);
    }

private:
    void onReady(runtime::Client &client) override
    {
        m_subscription = client.subscribe({.invocations = true,
                                           .log = false,
                                           .functions = false,
                                           .readings = false,
                                           .afterCursor = 0,
                                           .readingsFromNow = true,
                                           .function = m_options.function});
        connect(m_subscription.get(), &runtime::Subscription::happened, this,
                [this](const Happening &happening) {
                    if (happening.kind == Happening::Kind::Invocation)
                        onInvocation(happening.invocation);
                });
        // Answered after the subscription: from here on nothing is missed.
        client.functions().then(this, [this](const Result<std::vector<runtime::FunctionState>> &) {
            output().note(QStringLiteral("Recording; Ctrl+C ends it."));
        });
    }

    void onInvocation(const Invocation &invocation)
    {
        if (invocation.trigger == "manual")
            return;
        const ordered_json line{{"time_us", invocation.startUs},
                                {"function", invocation.function},
                                {"trigger", invocation.trigger},
                                {"event", valueOf(invocation.event)}};
        m_file.write(QByteArray::fromStdString(
            line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + '\n'));
        if (!m_file.flush())
            return fail(
                {ErrorCode::FileUnwritable, m_options.file, m_file.errorString().toStdString()});
        if (++m_recorded == m_options.count)
            interrupt();
    }

    RecordingOptions m_options;
    QFile m_file;
    std::unique_ptr<runtime::Subscription> m_subscription;
    int m_recorded = 0;
};

struct ReplayOptions {
    std::string file;
    std::string on;
    int speed = 1;
    bool isStepped = false;
    bool isAtOnce = false;
};

struct RecordedEvent {
    std::int64_t timeUs = 0;
    std::string function;
    std::string trigger;
    std::string event;
};

Result<std::vector<RecordedEvent>> readRecording(const std::string &file)
{
    const Result<std::string> text = runtime::readFile(file, longestRecording);
    if (!text)
        return tl::unexpected(text.error());
    std::vector<RecordedEvent> events;
    std::istringstream lines(*text);
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (line.empty())
            continue;
        try {
            const json object = json::parse(line);
            events.push_back({object.at("time_us").get<std::int64_t>(),
                              object.at("function").get<std::string>(),
                              object.value("trigger", "manual"), object.at("event").dump()});
        } catch (const json::exception &error) {
            return runtime::failure(ErrorCode::EventInvalid, file,
                                    "line " + std::to_string(number) + ": " + error.what());
        }
    }
    // They were written in the order of their ends.
    std::ranges::stable_sort(events, {}, &RecordedEvent::timeUs);
    return events;
}

/// Gives recorded events to their functions again, which run here.
class ReplayCommand final : public RuntimeCommand
{
public:
    ReplayCommand(Output &output, ReplayOptions options)
        : RuntimeCommand(output), m_options(std::move(options))
    {
        m_timer.setSingleShot(true);
        m_timer.setTimerType(Qt::PreciseTimer);
        connect(&m_timer, &QTimer::timeout, this, [this] { next(); });
    }

    void start() override
    {
        Result<std::vector<RecordedEvent>> events = readRecording(m_options.file);
        if (!events)
            return fail(events.error());
        m_events = std::move(*events);
        if (m_events.empty()) {
            output().note(QStringLiteral("Nothing is recorded in it."));
            return finish(Exit::Done);
        }
        const Result<Place> place = placeNamed(m_options.on);
        if (!place)
            return fail(place.error());
        if (place->kind == Place::Kind::Controller)
            return fail(
                {ErrorCode::UsageInvalid, "edgewright replay",
                 place->name + " is a controller; events are replayed here and on devices"});
        connectTo(*place);
    }

private:
    void onReady(runtime::Client &) override
    {
        m_began = std::chrono::steady_clock::now();
        if (m_options.isStepped)
            return askForStep();
        if (!m_options.isAtOnce)
            return waitForNext();
        while (m_next < m_events.size())
            give();
    }

    /// Its time against the first one's, so that no delay is carried on.
    void waitForNext()
    {
        const std::chrono::microseconds due((m_events[m_next].timeUs - m_events.front().timeUs) /
                                            m_options.speed);
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            m_began + due - std::chrono::steady_clock::now());
        m_timer.start(std::max(left, std::chrono::milliseconds(0)));
    }

    void next()
    {
        give();
        if (m_next < m_events.size())
            waitForNext();
    }

    void askForStep()
    {
        const RecordedEvent &event = m_events[m_next];
        output().note(QStringLiteral("Enter gives event %1 of %2, %3 of %4:")
                          .arg(m_next + 1)
                          .arg(m_events.size())
                          .arg(QString::fromStdString(event.trigger), clockText(event.timeUs)));
        if (m_input)
            return m_input->setEnabled(true);
        m_input = std::make_unique<QSocketNotifier>(STDIN_FILENO, QSocketNotifier::Read);
        connect(m_input.get(), &QSocketNotifier::activated, this, [this] { onInput(); });
    }

    void onInput()
    {
        char key = 0; // one at a time: lines that came together are steps of their own
        const ssize_t got = ::read(STDIN_FILENO, &key, 1);
        if (got <= 0)
            return finish(m_failed ? Exit::Failed : Exit::Done);
        if (key != '\n')
            return;
        m_input->setEnabled(false);
        give();
    }

    void give()
    {
        const RecordedEvent &event = m_events[m_next++];
        client()
            ->invoke({.function = event.function,
                      .event = event.event,
                      .trigger = event.trigger,
                      .id = {}},
                     stopToken())
            .then(this, [this](const Result<Invocation> &invocation) {
                if (!invocation)
                    return fail(invocation.error());
                onEnded(*invocation);
            });
    }

    void onEnded(const Invocation &invocation)
    {
        const bool isWell = invocation.outcome == runtime::Outcome::Result;
        m_failed = m_failed || !isWell;
        if (output().isJson())
            output().json(ordered_json{{"function", invocation.function},
                                       {"trigger", invocation.trigger},
                                       {"outcome", runtime::wireName(invocation.outcome)},
                                       {"result", valueOf(invocation.result)}}
                              .dump());
        else
            output().line(QStringLiteral("%1 %2 %3  %4")
                              .arg(clockText(invocation.startUs),
                                   QLatin1String(isWell ? "ok  " : "FAIL"),
                                   QString::fromStdString(invocation.function),
                                   QString::fromStdString(isWell ? invocation.result
                                                                 : invocation.fault.message)));
        if (++m_ended == m_events.size())
            finish(m_failed ? Exit::Failed : Exit::Done);
        else if (m_options.isStepped)
            askForStep();
    }

    ReplayOptions m_options;
    std::vector<RecordedEvent> m_events;
    std::size_t m_next = 0, m_ended = 0;
    std::chrono::steady_clock::time_point m_began;
    QTimer m_timer;
    std::unique_ptr<QSocketNotifier> m_input;
    bool m_failed = false;
};

} // namespace

void addReplayCommands(CommandList &list)
{
    const auto recorded = std::make_shared<RecordingOptions>();
    const CommandOptions record =
        list.add("record", "Record the events of a function's triggers until Ctrl+C",
                 "record night-light --to dusk.jsonl\n"
                 "record orders --to five.jsonl --count 5",
                 [recorded](Output &output) {
                     return std::make_unique<RecordEventsCommand>(output, *recorded);
                 });
    record.addOption("FUNCTION", recorded->function, "Of this function; else of all").typeName("");
    record.addOption("--to", recorded->file, "One JSON object a line").required().typeName("FILE");
    record.addOption("--count", recorded->count, "End after so many")
        .between(1, 1'000'000)
        .typeName("N");
    record.addOption("--on", recorded->on, "A device; else here").typeName("DEVICE");
    const auto replayed = std::make_shared<ReplayOptions>();
    const CommandOptions replay = list.add(
        "replay", "Give recorded events to their functions again",
        "replay dusk.jsonl                  at their own speed\n"
        "replay dusk.jsonl --speed 10\n"
        "replay dusk.jsonl --step           one for each Enter\n"
        "replay dusk.jsonl --at-once",
        [replayed](Output &output) { return std::make_unique<ReplayCommand>(output, *replayed); });
    replay.addOption("FILE", replayed->file, "As edgewright record wrote it")
        .required()
        .typeName("");
    replay.addOption("--speed", replayed->speed, "So many times as fast")
        .between(1, 100'000)
        .typeName("N");
    replay.addFlag("--step", replayed->isStepped, "One for each Enter");
    replay.addFlag("--at-once", replayed->isAtOnce, "Without waiting");
    replay.addOption("--on", replayed->on, "A device; else here").typeName("DEVICE");
}

} // namespace app
