#pragma once

#include "runtime-bridge/daemon/callstream.h"
#include "runtime-bridge/daemon/httpserver.h"

#include <functional>
#include <string>

namespace runtime {

/// A client of the gateway as the caller of a function.
class FunctionStream final : public CallStream
{
public:
    /// \a finish completes each head: what the gateway adds to an answer.
    FunctionStream(HttpClient &client, std::string dialect,
                   std::function<void(HttpResponse &head)> finish);
    ~FunctionStream() override;

    void begin(const std::string &head) override;
    void write(std::string bytes) override { m_client.write(std::move(bytes)); }
    [[nodiscard]] bool isFull() const override { return m_client.isFull(); }
    void read(std::function<void(Result<std::string>)> done) override
    {
        m_client.read(std::move(done));
    }

private:
    HttpClient &m_client;
    std::string m_dialect;
    std::function<void(HttpResponse &)> m_finish;
};

} // namespace runtime
