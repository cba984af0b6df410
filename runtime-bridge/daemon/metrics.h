#pragma once

#include "runtime-bridge/daemon/durationhistogram.h"
#include "runtime-bridge/protocol/functionmetrics.h"
#include "runtime-bridge/protocol/messages.h"

#include <map>
#include <string>
#include <vector>

namespace runtime {

/// Counts what the functions of a runtime do, from its start on.
class Metrics
{
public:
    void count(const Invocation &invocation);
    /// The function is gone; what it did is told on, unless very many have gone.
    void onRemoved(const std::string &function);

    /// \a function empty: of all, by name.
    [[nodiscard]] std::vector<FunctionMetrics> figures(const std::string &function) const;

    /// In Prometheus' text format, version 0.0.4
    /// (https://prometheus.io/docs/instrumenting/exposition_formats/). \a states: for the numbers
    /// of workers and of overruns.
    [[nodiscard]] std::string prometheus(const std::vector<FunctionState> &states) const;

private:
    struct Function {
        FunctionMetrics figures;
        DurationHistogram durations;
    };
    std::map<std::string, Function> m_functions;
};

} // namespace runtime
