#pragma once

#include "runtime-bridge/function/brokertrigger.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

/// The program edgewright-source: one broker's messages on their way to the runtime. It is apart
/// from the runtime because the brokers' client libraries are many, large and wait where they like.
namespace runtime::sources {

/// Why a source cannot go on: a sentence for people. The program ends with it, and the runtime
/// starts it again after a while.
class Trouble : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

/// The way to the runtime.
class Outlet
{
public:
    virtual ~Outlet() = default;
    /// Gives a message: its number, which counts from 1.
    virtual std::uint64_t give(const nlohmann::json &message) = 0;
    virtual void tellConnected() = 0;
    /// Something is wrong, and the source goes on trying; tellConnected() when it is over.
    virtual void tellTrouble(const std::string &why) = 0;
};

/// What the runtime orders.
struct Order {
    BrokerTrigger trigger{};
    std::string password{};
    std::string client{}; ///< Under this name the broker knows this reader again.
};

/// The messages of one broker. Made connected, on one thread, and closed with its end; all
/// functions throw Trouble.
class Source
{
public:
    virtual ~Source() = default;

    /// Is readable when receive() may find something.
    [[nodiscard]] virtual int descriptor() const = 0;
    /// Hands on what has come, at most \a room messages, without waiting for more. Called at least
    /// once a second, also with no room, for what keeps the connection alive.
    virtual void receive(int room) = 0;
    /// The runtime has message \a number and all before it for good: the broker may forget them.
    virtual void acknowledge(std::uint64_t number) = 0;
};

[[nodiscard]] std::unique_ptr<Source> createKafka(const Order &order, Outlet &outlet);
[[nodiscard]] std::unique_ptr<Source> createNats(const Order &order, Outlet &outlet);
[[nodiscard]] std::unique_ptr<Source> createPostgresql(const Order &order, Outlet &outlet);
[[nodiscard]] std::unique_ptr<Source> createRabbitmq(const Order &order, Outlet &outlet);

/// \a bytes as members of a message: "text" where they are some, else "base64".
void addBytes(nlohmann::json &message, std::string_view bytes);
/// Text as it is, other bytes in base64.
[[nodiscard]] std::string textOrBase64(std::string_view bytes);

} // namespace runtime::sources
