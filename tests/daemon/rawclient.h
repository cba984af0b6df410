#pragma once

#include <QElapsedTimer>
#include <QTcpSocket>

#include <map>
#include <optional>
#include <string>
#include <utility>

/// A response as it came over the wire.
struct RawResponse {
    int status = 0;                                  ///< 0: the connection ended without one.
    std::multimap<std::string, std::string> headers; ///< Names in lower case.
    std::string body;

    std::string header(const std::string &name) const
    {
        const auto it = headers.find(name);
        return it == headers.end() ? std::string() : it->second;
    }
};

/// One connection that sends what a test writes, byte by byte, and reads responses by their length.
class RawClient
{
public:
    explicit RawClient(const std::string &address)
    {
        const std::string port = address.substr(address.rfind(':') + 1);
        m_socket.connectToHost(QStringLiteral("127.0.0.1"), quint16(std::stoi(port)));
        m_socket.waitForConnected(5'000);
    }

    void send(const std::string &bytes)
    {
        m_socket.write(bytes.data(), qint64(bytes.size()));
        m_socket.flush();
    }

    /// A response up to its body.
    RawResponse readHead()
    {
        RawResponse response;
        if (!fill([this] { return m_bytes.find("\r\n\r\n") != std::string::npos; }))
            return response;
        const std::size_t end = m_bytes.find("\r\n\r\n");
        parseHeader(m_bytes.substr(0, end), response);
        m_bytes.erase(0, end + 4);
        return response;
    }

    /// The next chunk of a body; empty: the last one. Nothing when the connection broke off.
    std::optional<std::string> readChunk()
    {
        if (!fill([this] { return m_bytes.find("\r\n") != std::string::npos; }))
            return std::nullopt;
        const std::size_t size = std::stoul(m_bytes, nullptr, 16);
        m_bytes.erase(0, m_bytes.find("\r\n") + 2);
        if (!fill([&] { return m_bytes.size() >= size + 2; }))
            return std::nullopt;
        const std::string chunk = m_bytes.substr(0, size);
        m_bytes.erase(0, size + 2);
        return chunk;
    }

    /// What comes until the other side closes the connection.
    std::string readRest()
    {
        fill([] { return false; });
        return std::exchange(m_bytes, {});
    }

    void close() { m_socket.abort(); }

    RawResponse read(bool isHead = false)
    {
        RawResponse response = readHead();
        if (response.header("transfer-encoding") == "chunked" && !isHead) {
            for (auto chunk = readChunk(); chunk && !chunk->empty(); chunk = readChunk())
                response.body += *chunk;
            return response;
        }
        const std::string length = response.header("content-length");
        const std::size_t size = length.empty() || isHead ? 0 : std::stoul(length);
        fill([&] { return m_bytes.size() >= size; });
        response.body = m_bytes.substr(0, size);
        m_bytes.erase(0, size);
        return response;
    }

    RawResponse request(const std::string &bytes, bool isHead = false)
    {
        send(bytes);
        return read(isHead);
    }

    /// "GET /path" with more header lines and a body.
    RawResponse call(const std::string &line, const std::string &headers = {},
                     const std::string &body = {})
    {
        return request(line + " HTTP/1.1\r\nHost: localhost:1\r\n" + headers +
                           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
                       line.starts_with("HEAD"));
    }

    /// Whether the other side closes the connection in time.
    bool isClosed()
    {
        return m_socket.state() == QAbstractSocket::UnconnectedState ||
               m_socket.waitForDisconnected(limit);
    }

private:
    static constexpr int limit = 30'000; ///< Milliseconds for the other side to say something.

    template<typename Condition> bool fill(Condition isEnough)
    {
        QElapsedTimer timer;
        timer.start();
        while (!isEnough()) {
            if (m_socket.bytesAvailable() == 0 &&
                (timer.hasExpired(limit) || !m_socket.waitForReadyRead(limit)) &&
                m_socket.bytesAvailable() == 0)
                return false;
            m_bytes += m_socket.readAll().toStdString();
        }
        return true;
    }

    static void parseHeader(const std::string &text, RawResponse &response)
    {
        response.status = std::stoi(text.substr(9, 3));
        for (std::size_t at = text.find("\r\n"); at != std::string::npos;) {
            const std::size_t next = text.find("\r\n", at + 2);
            const std::string line =
                text.substr(at + 2, next == std::string::npos ? std::string::npos : next - at - 2);
            std::string name = line.substr(0, line.find(':'));
            for (char &c : name)
                c = char(std::tolower(c));
            response.headers.emplace(name, line.substr(line.find(':') + 2));
            at = next;
        }
    }

    QTcpSocket m_socket;
    std::string m_bytes;
};
