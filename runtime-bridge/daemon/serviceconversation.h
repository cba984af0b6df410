#pragma once

#include "runtime-bridge/daemon/serviceexchange.h"
#include "runtime-bridge/daemon/wake.h"
#include "runtime-bridge/daemon/workerconversation.h"

#include <map>
#include <memory>
#include <string>

namespace runtime {

/// HTTP with a web server that was told its port: loaded once it listens, then any number of
/// requests at a time.
class ServiceConversation final : public WorkerConversation,
                                  public std::enable_shared_from_this<ServiceConversation>
{
public:
    ServiceConversation(boost::asio::io_context &io, std::uint16_t port);
    ~ServiceConversation() override;

    void load(const WorkerTask &task, const std::map<std::string, std::string> &environment,
              Listener &listener, boost::asio::yield_context yield) override;
    void invoke(const WorkerCall &call, boost::asio::yield_context yield) override;
    bool abandon(const std::string &id) override;
    [[nodiscard]] bool leavesGently() const override { return true; }
    void close() override;

private:
    bool connect(boost::asio::yield_context yield);

    boost::asio::io_context &m_io;
    boost::asio::ip::tcp::endpoint m_address;
    Listener *m_listener = nullptr;
    std::map<std::string, ServiceExchange *> m_running; ///< By invocation.
    Wake m_changed;
    bool m_closed = false;
};

/// A port of loopback that nobody listens on.
[[nodiscard]] Result<std::uint16_t> findFreePort();

} // namespace runtime
