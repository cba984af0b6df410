#pragma once

#include <QElapsedTimer>
#include <QTcpSocket>

#include <map>
#include <string>

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

    RawResponse read(bool isHead = false)
    {
        RawResponse response;
        if (!fill([this] { return m_bytes.find("\r\n\r\n") != std::string::npos; }))
            return response;
        const std::size_t end = m_bytes.find("\r\n\r\n");
        parseHeader(m_bytes.substr(0, end), response);
        m_bytes.erase(0, end + 4);
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

    /// Whether the other side closes the connection within five seconds.
    bool isClosed()
    {
        return m_socket.state() == QAbstractSocket::UnconnectedState ||
               m_socket.waitForDisconnected(5'000);
    }

private:
    template<typename Condition> bool fill(Condition isEnough)
    {
        QElapsedTimer timer;
        timer.start();
        while (!isEnough()) {
            if (m_socket.bytesAvailable() == 0 &&
                (timer.hasExpired(5'000) || !m_socket.waitForReadyRead(5'000)) &&
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
