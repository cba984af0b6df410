#pragma once

#include "runtime-bridge/daemon/triggers/folderbell.h"
#include "runtime-bridge/daemon/triggers/logfile.h"
#include "runtime-bridge/daemon/triggers/messagesource.h"

#include <regex.h>

#include <memory>

namespace runtime {

/// Lines that others write to a file. They go into a queue of the runtime's own, together with the
/// place in the file that they were read to, so that each is there once.
class LogSource final : public MessageSource
{
public:
    LogSource(TriggerContext context, LogTrigger trigger);
    ~LogSource() override;

    void start() override;

private:
    [[nodiscard]] std::string words() const override;
    [[nodiscard]] bool isFailing() const override;
    void onStop() override;
    [[nodiscard]] int batch() const override;
    [[nodiscard]] std::string eventOf(const std::vector<QueueMessage> &messages) const override;
    void follow(boost::asio::yield_context yield);
    /// Whether there may be more.
    bool keepSome();
    [[nodiscard]] bool isWanted(const std::string &line) const;
    void setTrouble(const std::string &trouble);

    LogTrigger m_trigger;
    std::unique_ptr<LogFile> m_file;
    std::optional<regex_t> m_match;
    FolderBell m_bell;
    std::string m_fileTrouble;
};

/// The event of lines as their queue has them, for \a dialect.
[[nodiscard]] std::string logEvent(const std::string &function, const std::string &dialect,
                                   const std::vector<QueueMessage> &messages);
/// A line as it lies in its queue.
[[nodiscard]] std::string storedLine(const std::string &file, const LogFile::Line &line);

} // namespace runtime
