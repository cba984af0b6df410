#pragma once

#include "runtime-bridge/daemon/invoker.h"
#include "runtime-bridge/protocol/alarmmessages.h"

#include <boost/asio/io_context.hpp>

namespace runtime {

/// Does what alarms ask for: posts them to their webhooks, a few times where nobody takes them, and
/// invokes their functions. What fails is logged. Outlives the context's running.
class AlarmActions
{
public:
    AlarmActions(boost::asio::io_context &io, Invoker &invoker) : m_io(io), m_invoker(invoker) {}

    void run(const AlarmChange &change);

private:
    boost::asio::io_context &m_io;
    Invoker &m_invoker;
};

} // namespace runtime
