#include "app/ide/askbox.h"

#include <QCoreApplication>
#include <QInputDialog>

#include <condition_variable>
#include <mutex>

namespace app {

using device::SshQuestion;

/// One question, shared by the thread that waits and the box that asks.
struct AskBox::Waiting {
    SshQuestion question;
    std::mutex mutex;
    std::condition_variable_any changed;
    bool isOver = false;
    std::optional<QString> answer;
    QPointer<QInputDialog> box; ///< In the window's thread alone.

    void end(std::optional<QString> text)
    {
        const std::lock_guard lock(mutex);
        if (!isOver)
            answer = std::move(text);
        isOver = true;
        changed.notify_all();
    }
};

namespace {

QString titleOf(const SshQuestion &question)
{
    return question.kind == SshQuestion::Kind::Passphrase
               ? AskBox::tr("Passphrase")
               : AskBox::tr("Log in to %1").arg(question.subject);
}

QString textOf(const SshQuestion &question)
{
    switch (question.kind) {
    case SshQuestion::Kind::Passphrase:
        return AskBox::tr("Passphrase of the key %1").arg(question.subject);
    case SshQuestion::Kind::Password: return AskBox::tr("Password on %1").arg(question.subject);
    case SshQuestion::Kind::Prompt: break;
    }
    // The device's own words, marked as such: it could ask for anything.
    return AskBox::tr("%1 asks: %2").arg(question.subject, question.text.trimmed());
}

} // namespace

AskBox::AskBox(QWidget *window) : QObject(window), m_window(window) {}

device::SshAsk AskBox::ask()
{
    return [self = QPointer<AskBox>(this)](const SshQuestion &question,
                                           const std::stop_token &stop) -> std::optional<QString> {
        const auto waiting = std::make_shared<Waiting>();
        waiting->question = question;
        const auto inWindow = [](auto work) {
            QMetaObject::invokeMethod(QCoreApplication::instance(), work, Qt::QueuedConnection);
        };
        inWindow([self, waiting] {
            if (self)
                self->show(waiting);
            else
                waiting->end({});
        });
        std::unique_lock lock(waiting->mutex);
        waiting->changed.wait(lock, stop, [&] { return waiting->isOver; });
        if (!waiting->isOver)
            inWindow([waiting] {
                if (waiting->box)
                    waiting->box->reject();
            });
        waiting->isOver = true;
        return waiting->answer;
    };
}

void AskBox::show(const std::shared_ptr<Waiting> &waiting)
{
    {
        const std::lock_guard lock(waiting->mutex);
        if (waiting->isOver) // the session ended before the question was shown
            return;
    }
    auto *box = new QInputDialog(m_window);
    waiting->box = box;
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setWindowTitle(titleOf(waiting->question));
    box->setLabelText(textOf(waiting->question));
    box->setTextEchoMode(waiting->question.isSecret ? QLineEdit::Password : QLineEdit::Normal);
    box->setInputMode(QInputDialog::TextInput);
    box->setOkButtonText(tr("Log in"));
    connect(box, &QInputDialog::finished, this, [box, waiting](int result) {
        waiting->end(result == QDialog::Accepted ? std::optional(box->textValue()) : std::nullopt);
    });
    connect(box, &QObject::destroyed, m_window, [waiting] { waiting->end({}); });
    box->open();
}

} // namespace app
