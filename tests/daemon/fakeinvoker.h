#pragma once

#include "runtime-bridge/base/id.h"
#include "runtime-bridge/daemon/invoker.h"

#include <functional>
#include <map>
#include <mutex>

/// Functions that are C++: each test says what they answer.
class FakeInvoker final : public runtime::Invoker
{
public:
    using Answer = std::function<void(const runtime::InvokeRequest &, runtime::Invocation &,
                                      boost::asio::yield_context)>;

    Answer answer = [](const runtime::InvokeRequest &request, runtime::Invocation &invocation,
                       boost::asio::yield_context) { invocation.result = request.event; };
    std::function<runtime::Result<>(const runtime::PutRequest &)> onPut =
        [](const runtime::PutRequest &) { return runtime::Result<>(); };

    std::vector<runtime::InvokeRequest> invoked;
    std::vector<runtime::PutRequest> puts;
    std::vector<std::string> removed;
    std::map<std::string, runtime::FunctionState> states;

    runtime::FunctionState &add(const std::string &name, const std::string &dialect,
                                std::vector<runtime::Trigger> triggers = {})
    {
        runtime::FunctionState &state = states[name];
        state.spec.name = name;
        state.spec.dialect = dialect;
        state.spec.triggers = std::move(triggers);
        state.armed = true;
        state.bundle = "sha256:" + name;
        return state;
    }

    runtime::Result<runtime::Invocation> invoke(const runtime::InvokeRequest &request,
                                                boost::asio::yield_context yield) override
    {
        invoked.push_back(request);
        if (!states.contains(request.function))
            return runtime::failure(runtime::ErrorCode::FunctionUnknown, request.function);
        runtime::Invocation invocation;
        invocation.id = request.id.empty() ? runtime::createId() : request.id;
        invocation.function = request.function;
        invocation.trigger = request.trigger;
        invocation.event = request.event;
        answer(request, invocation, yield);
        return invocation;
    }

    runtime::Result<runtime::PutResult> put(runtime::PutRequest request, std::uint64_t,
                                            boost::asio::yield_context) override
    {
        if (const runtime::Result<> allowed = onPut(request); !allowed)
            return tl::unexpected(allowed.error());
        runtime::FunctionState &state = states[request.manifest.spec.name];
        state.spec = request.manifest.spec;
        state.bundle = runtime::bundleDigest(request.manifest);
        state.armed = request.armed;
        ++state.version;
        puts.push_back(std::move(request));
        return runtime::PutResult{state.bundle, state.version, {}, true, 0, 0};
    }

    runtime::Result<> remove(const std::string &function) override
    {
        removed.push_back(function);
        if (states.erase(function) == 0)
            return runtime::failure(runtime::ErrorCode::FunctionUnknown, function);
        return {};
    }

    std::vector<runtime::FunctionState> functions() const override
    {
        std::vector<runtime::FunctionState> all;
        for (const auto &[name, state] : states)
            all.push_back(state);
        return all;
    }
};
