#include "runtime-bridge/daemon/triggers/logsource.h"

#include "runtime-bridge/daemon/coroutine.h"
#include "runtime-bridge/daemon/log.h"
#include "runtime-bridge/protocol/boundedjson.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include <unistd.h>

namespace runtime {

using namespace std::chrono_literals;
using nlohmann::json;
namespace asio = boost::asio;

namespace {

constexpr int linesInOne = 100; ///< Of a shape that takes several.
constexpr auto fullLogPause = 100ms;

} // namespace

LogSource::LogSource(TriggerContext context, LogTrigger trigger)
    : MessageSource(context, "log", keptQueue("log", context.function, trigger.file), trigger.retry)
    , m_trigger(std::move(trigger))
    , m_bell(io(), std::filesystem::path(m_trigger.file).parent_path(),
             std::filesystem::path(m_trigger.file).filename().string())
{
    if (!m_trigger.match.empty() &&
        ::regcomp(&m_match.emplace(), m_trigger.match.c_str(), REG_EXTENDED | REG_NOSUB) != 0)
        m_match.reset(); // it was looked at before, see objectionTo()
}

LogSource::~LogSource()
{
    if (m_match)
        ::regfree(&*m_match);
}

void LogSource::start()
{
    MessageSource::start();
    const std::optional<std::string> saved = store().place(queue());
    m_file = std::make_unique<LogFile>(m_trigger.file,
                                       saved ? logPositionFromText(*saved) : std::nullopt);
    note(store().setPlace(queue(), toText(m_file->position())));
    startCoroutine(io(),
                   [this, self = shared_from_this()](asio::yield_context yield) { follow(yield); });
}

void LogSource::onStop()
{
    m_bell.close();
    MessageSource::onStop();
}

int LogSource::batch() const
{
    return takesSeveral("log", context().dialect) ? linesInOne : 1;
}

std::string LogSource::words() const
{
    if (!trouble().empty() || !m_fileTrouble.empty())
        return trouble().empty() ? m_fileTrouble : trouble();
    return "follows " + m_trigger.file;
}

bool LogSource::isFailing() const
{
    return MessageSource::isFailing() || !m_fileTrouble.empty();
}

void LogSource::follow(asio::yield_context yield)
{
    while (!isStopped()) {
        if (!hasRoom()) {
            asio::steady_timer pause(io(), fullLogPause);
            boost::system::error_code error;
            pause.async_wait(yield[error]);
        } else if (keepSome()) {
            asio::post(io(), yield); // others have their turn
        } else {
            m_bell.wait(yield);
        }
    }
}

bool LogSource::keepSome()
{
    const LogPosition before = m_file->position();
    const std::vector<LogFile::Line> lines = m_file->read();
    setTrouble(m_file->trouble());
    if (m_file->position() == before)
        return false;
    const Result<> kept = store().together([&]() -> Result<> {
        for (const LogFile::Line &line : lines)
            if (isWanted(line.text))
                if (Result<> done = keep(storedLine(m_trigger.file, line)); !done)
                    return done;
        return store().setPlace(queue(), toText(m_file->position()));
    });
    note(kept);
    if (!kept) // they are read again
        m_file = std::make_unique<LogFile>(m_trigger.file, before);
    return kept && !lines.empty();
}

bool LogSource::isWanted(const std::string &line) const
{
    return !m_match || ::regexec(&*m_match, line.c_str(), 0, nullptr, 0) == 0;
}

void LogSource::setTrouble(const std::string &trouble)
{
    if (std::exchange(m_fileTrouble, trouble) != trouble)
        tellChange();
}

std::string LogSource::eventOf(const std::vector<QueueMessage> &messages) const
{
    return logEvent(context().function, context().dialect, messages);
}

std::string storedLine(const std::string &file, const LogFile::Line &line)
{
    return json{{"file", file}, {"line", line.text}, {"offset", line.offset}}.dump();
}

std::string logEvent(const std::string &function, const std::string &dialect,
                     const std::vector<QueueMessage> &messages)
{
    std::vector<EventValues> items;
    for (const QueueMessage &message : messages) {
        const json stored = readJson(message.body);
        const std::string number = std::to_string(message.number);
        items.push_back({{"id", message.id},
                         {"file", stored.value("file", "")},
                         {"line", stored.value("line", "")},
                         {"offset", stored.value("offset", std::uint64_t(0))},
                         // As many digits as CloudWatch's have.
                         {"number_text", std::string(56 - number.size(), '0') + number},
                         {"sent", eventTime(message.sentUs, true)},
                         {"sent_ms", message.sentUs / 1'000}});
    }
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    EventValues values = commonValues(function, nowUs());
    values["host"] = host;
    return shapeEvent("log", dialect, values, items);
}

} // namespace runtime
