#include "app/cli/commandlist.h"
#include "app/cli/functionchoice.h"
#include "app/cli/runtimecommand.h"

#include <nlohmann/json.hpp>

namespace app {

using runtime::QueueMessage;
using runtime::QueueState;
using runtime::Result;

namespace {

struct QueueOptions {
    std::string queue;
    std::string message;
    std::string on;
    int limit = 100;
};

/// Something asked of a runtime's queues once.
class QueueCommand : public RuntimeCommand
{
public:
    QueueCommand(Output &output, QueueOptions options)
        : RuntimeCommand(output), m_options(std::move(options))
    {
    }

    void start() override
    {
        connectTo(m_options.on, "edgewright queue",
                  "is a controller; queues are here and on devices");
    }

protected:
    [[nodiscard]] const QueueOptions &options() const { return m_options; }
    QueueOptions &options() { return m_options; }

    /// Ends with "count" things done.
    void finishWith(QFuture<Result<int>> reply, const char *what)
    {
        std::move(reply).then(this, [this, what](const Result<int> &count) {
            if (!count)
                return fail(count.error());
            if (output().isJson())
                output().json(nlohmann::json{{"count", *count}});
            else
                output().line(QString::number(*count) + QLatin1String(what));
            finish(Exit::Done);
        });
    }

private:
    QueueOptions m_options;
};

class SendCommand final : public QueueCommand
{
public:
    using QueueCommand::QueueCommand;

    void start() override
    {
        Result<std::string> message = readEvent(options().message);
        if (!message)
            return fail(message.error());
        options().message = std::move(*message);
        QueueCommand::start();
    }

private:
    void onReady(runtime::Client &client) override
    {
        client.sendToQueue(options().queue, options().message)
            .then(this, [this](const Result<std::string> &id) {
                if (!id)
                    return fail(id.error());
                if (output().isJson())
                    output().json(nlohmann::json{{"id", *id}});
                else
                    output().line(QString::fromStdString(*id));
                finish(Exit::Done);
            });
    }
};

class ListCommand final : public QueueCommand
{
public:
    using QueueCommand::QueueCommand;

private:
    void onReady(runtime::Client &client) override
    {
        client.queues().then(this, [this](const Result<std::vector<QueueState>> &states) {
            if (!states)
                return fail(states.error());
            std::vector<QStringList> rows;
            for (const QueueState &state : *states) {
                if (output().isJson())
                    output().json(runtime::toJson(state));
                rows.push_back({QString::fromStdString(state.name), QString::number(state.waiting),
                                QString::number(state.taken), QString::number(state.dead)});
            }
            if (!output().isJson())
                output().table({QStringLiteral("QUEUE"), QStringLiteral("WAITING"),
                                QStringLiteral("TAKEN"), QStringLiteral("DEAD")},
                               rows, QStringLiteral("No queue holds a message."));
            finish(Exit::Done);
        });
    }
};

class DeadCommand final : public QueueCommand
{
public:
    using QueueCommand::QueueCommand;

private:
    void onReady(runtime::Client &client) override
    {
        client.deadLetters(options().queue, options().limit)
            .then(this, [this](const Result<std::vector<QueueMessage>> &messages) {
                if (!messages)
                    return fail(messages.error());
                for (const QueueMessage &message : *messages)
                    show(message);
                if (messages->empty())
                    output().note(QStringLiteral("It has no dead letters."));
                finish(Exit::Done);
            });
    }

    void show(const QueueMessage &message)
    {
        if (output().isJson())
            return output().json(runtime::toJson(message));
        output().line(QStringLiteral("%1 %2 after %3 attempts: %4")
                          .arg(clockText(message.sentUs), QString::fromStdString(message.body))
                          .arg(message.attempts)
                          .arg(QString::fromStdString(message.fault)));
    }
};

class ReviveCommand final : public QueueCommand
{
public:
    using QueueCommand::QueueCommand;

private:
    void onReady(runtime::Client &client) override
    {
        finishWith(client.reviveQueue(options().queue), " dead letters are tried again");
    }
};

class PurgeCommand final : public QueueCommand
{
public:
    using QueueCommand::QueueCommand;

private:
    void onReady(runtime::Client &client) override
    {
        finishWith(client.purgeQueue(options().queue), " messages are gone");
    }
};

template<typename Kind>
CommandOptions addQueueCommand(CommandList &list, const std::shared_ptr<QueueOptions> &options,
                               const char *name, const char *description, const char *examples)
{
    const CommandOptions command = list.add(name, description, examples, [options](Output &output) {
        return std::make_unique<Kind>(output, *options);
    });
    command.addOption("--on", options->on, "A device; else here").typeName("DEVICE");
    return command;
}

void addName(const CommandOptions &command, QueueOptions &options)
{
    command.addOption("QUEUE", options.queue, "Its name").required().typeName("");
}

} // namespace

void addQueueCommands(CommandList &list)
{
    CommandList group = list.group("queue", "The runtime's own queues");
    const auto options = std::make_shared<QueueOptions>();
    const CommandOptions send =
        addQueueCommand<SendCommand>(group, options, "send", "Send a message: its id",
                                     "queue send orders '{\"item\": 7}'\n"
                                     "queue send orders @order.json");
    addName(send, *options);
    send.addOption("MESSAGE", options->message, "JSON, @FILE, or - for standard input")
        .required()
        .typeName("");
    addQueueCommand<ListCommand>(group, options, "list", "What waits where", "queue list");
    const CommandOptions dead = addQueueCommand<DeadCommand>(
        group, options, "dead", "Messages whose attempts are over", "queue dead orders");
    addName(dead, *options);
    dead.addOption("--limit", options->limit, "How many").between(1, 10'000).typeName("N");
    addName(addQueueCommand<ReviveCommand>(group, options, "retry", "Try the dead letters again",
                                           "queue retry orders"),
            *options);
    addName(addQueueCommand<PurgeCommand>(group, options, "purge", "Forget everything in it",
                                          "queue purge orders"),
            *options);
}

} // namespace app
