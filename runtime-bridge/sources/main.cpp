#include "runtime-bridge/sources/conversation.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <utility>

namespace {

using namespace runtime::sources;

constexpr unsigned closingTime = 8; ///< Seconds that a library may take to say goodbye.

constexpr std::array<std::pair<std::string_view, decltype(&createNats)>, 4> all{
    {{"database", createPostgresql},
     {"kafka", createKafka},
     {"nats", createNats},
     {"rabbitmq", createRabbitmq}}};

int run(std::string_view kind, decltype(&createNats) create)
{
    Conversation conversation(STDIN_FILENO, STDOUT_FILENO);
    const std::optional<Order> order = conversation.readOrder(kind);
    if (!order)
        return 2;
    std::unique_ptr<Source> source;
    try {
        source = create(*order, conversation);
        conversation.run(*source, order->trigger.prefetch);
        ::alarm(closingTime);
    } catch (const Trouble &trouble) {
        ::alarm(closingTime);
        conversation.tellTrouble(trouble.what());
        conversation.finish();
        return 1;
    }
    return 0;
}

} // namespace

int main(int count, char **arguments)
{
    // The runtime's end is heard by its end of the pipe, so that there is time to say goodbye to
    // the broker, which else keeps a place for who has gone.
    ::prctl(PR_SET_PDEATHSIG, 0);
    ::signal(SIGPIPE, SIG_IGN);
    if (count == 2)
        for (const auto &[kind, create] : all)
            if (kind == arguments[1])
                return run(kind, create);
    std::fprintf(stderr, "edgewright-source: hands the messages of a broker to edgewrightd, which "
                         "starts it.\n\n  edgewright-source database|kafka|nats|rabbitmq\n");
    return 2;
}
