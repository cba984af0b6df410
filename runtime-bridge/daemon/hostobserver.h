#pragma once

#include "runtime-bridge/protocol/messages.h"

#include <string>
#include <vector>

namespace runtime {

/// Hears what the functions of a runtime do, on the runtime's thread.
class HostObserver
{
public:
    virtual ~HostObserver() = default;
    virtual void invoked(const Invocation &invocation) = 0;   ///< With its log.
    virtual void logged(const LogLine &line) = 0;             ///< As it comes.
    virtual void measured(std::vector<Reading> readings) = 0; ///< Not stored yet.
    virtual void functionChanged(const FunctionState &state) = 0;
    virtual void functionRemoved(const std::string &function) = 0;
    virtual void switched(const Switch &change) = 0;
    virtual void alarmed(const AlarmChange &change) = 0;
};

} // namespace runtime
