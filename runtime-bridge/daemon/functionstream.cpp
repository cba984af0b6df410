#include "runtime-bridge/daemon/functionstream.h"

#include "runtime-bridge/daemon/httpevent.h"

namespace runtime {

FunctionStream::FunctionStream(HttpClient &client, std::string dialect,
                               std::function<void(HttpResponse &head)> finish)
    : m_client(client), m_dialect(std::move(dialect)), m_finish(std::move(finish))
{
    m_client.onRoom = [this] {
        if (onRoom)
            onRoom();
    };
    m_client.onGone = [this] {
        if (onGone)
            onGone();
    };
}

FunctionStream::~FunctionStream()
{
    m_client.onRoom = {};
    m_client.onGone = {};
}

void FunctionStream::begin(const std::string &head)
{
    HttpResponse response = responseOfResult(head, m_dialect);
    response.body.clear();
    m_finish(response);
    m_client.begin(response);
}

} // namespace runtime
