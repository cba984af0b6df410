#include "app/cli/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

namespace app {

namespace {

/// /dev/tty with echo switched off where a secret is typed.
class Terminal
{
public:
    explicit Terminal(bool secret) : m_fd(::open("/dev/tty", O_RDWR | O_CLOEXEC))
    {
        if (m_fd < 0 || ::tcgetattr(m_fd, &m_before) != 0)
            return;
        termios changed = m_before;
        if (secret)
            changed.c_lflag &= ~tcflag_t(ECHO);
        m_changed = ::tcsetattr(m_fd, TCSAFLUSH, &changed) == 0;
    }
    ~Terminal()
    {
        if (m_changed)
            ::tcsetattr(m_fd, TCSAFLUSH, &m_before);
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Terminal(const Terminal &) = delete;
    Terminal &operator=(const Terminal &) = delete;

    void say(const QString &text) const
    {
        const QByteArray bytes = text.toUtf8();
        [[maybe_unused]] const auto written =
            ::write(m_fd, bytes.constData(), std::size_t(bytes.size()));
    }

    [[nodiscard]] std::optional<QString> readLine(const std::stop_token &stop) const
    {
        QByteArray line;
        while (m_fd >= 0 && !stop.stop_requested()) {
            pollfd waiting{m_fd, POLLIN, 0};
            if (::poll(&waiting, 1, 100) <= 0)
                continue;
            char byte = 0;
            if (::read(m_fd, &byte, 1) != 1)
                return std::nullopt;
            if (byte == '\n')
                return QString::fromUtf8(line);
            line += byte;
        }
        return std::nullopt;
    }

private:
    int m_fd;
    termios m_before{};
    bool m_changed = false;
};

QString wordsOf(const device::SshQuestion &question)
{
    using Kind = device::SshQuestion::Kind;
    switch (question.kind) {
    case Kind::Passphrase: return QStringLiteral("Passphrase of %1: ").arg(question.subject);
    case Kind::Password: return QStringLiteral("Password of %1: ").arg(question.subject);
    case Kind::Prompt: return question.text + u' ';
    }
    return {};
}

} // namespace

bool isInteractive()
{
    return ::isatty(STDIN_FILENO) != 0;
}

std::optional<QString> askOnTerminal(const device::SshQuestion &question, std::stop_token stop)
{
    const Terminal terminal(question.isSecret);
    terminal.say(wordsOf(question));
    const std::optional<QString> answer = terminal.readLine(stop);
    if (question.isSecret)
        terminal.say(QStringLiteral("\n"));
    return answer;
}

struct Keys::Saved {
    termios attributes{};
};

Keys::Keys()
{
    // In the background, reading would stop the program.
    if (!isInteractive() || ::tcgetpgrp(STDIN_FILENO) != ::getpgrp())
        return;
    auto saved = std::make_unique<Saved>();
    if (::tcgetattr(STDIN_FILENO, &saved->attributes) != 0)
        return;
    termios changed = saved->attributes;
    changed.c_lflag &= ~tcflag_t(ICANON | ECHO);
    if (::tcsetattr(STDIN_FILENO, TCSANOW, &changed) != 0)
        return;
    m_saved = std::move(saved);
    m_notifier = std::make_unique<QSocketNotifier>(STDIN_FILENO, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
        char key = 0;
        if (::read(STDIN_FILENO, &key, 1) == 1)
            Q_EMIT pressed(key);
        else
            m_notifier->setEnabled(false);
    });
}

Keys::~Keys()
{
    if (m_saved)
        ::tcsetattr(STDIN_FILENO, TCSANOW, &m_saved->attributes);
}

} // namespace app
