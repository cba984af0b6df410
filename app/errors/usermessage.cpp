#include "app/errors/usermessage.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringList>

#include <algorithm>
#include <array>

namespace app {

using runtime::Error;
using runtime::ErrorCode;

namespace {

/// One code's words. %1 is what it happened to, in quotation marks, or \c noun where the error does
/// not name it. \c reason, with the evidence as %2, stands before \c advice where there is
/// evidence. Marked for translation here, translated in describe().
struct Words {
    ErrorCode code;
    const char *noun;
    const char *title;
    const char *reason; ///< May be null.
    const char *advice;
    const char *action; ///< May be null.
};

#define W(text) QT_TRANSLATE_NOOP("Errors", text)

constexpr std::array table{
    // files and applications
    Words{ErrorCode::FileUnreadable, W("the file"), W("Cannot read %1"),
          W("The system reports: %2."),
          W("Check that it is there and that its permissions let you read it."), W("Try Again")},
    Words{ErrorCode::FileUnwritable, W("the file"), W("Cannot write %1"),
          W("The system reports: %2."),
          W("What was there before is unchanged. Check the permissions of its folder, or choose "
            "another place."),
          W("Save As…")},
    Words{ErrorCode::ApplicationMissing, W("the folder"), W("No application in %1"), W("%2."),
          W("An application is a folder with a file edgewright.yaml, or with serverless.yml, "
            "template.yaml, stack.yml or another tool's file. Open another folder, or start from a "
            "template with \"edgewright new\"."),
          W("New from Template…")},
    Words{ErrorCode::ApplicationInvalid, W("the application file"), W("%1 has errors"),
          W("The first one is %2."),
          W("Nothing was changed. Correct the file at the given line and column and save it."),
          W("Show Problems")},
    Words{ErrorCode::FunctionUnknown, W("that name"), W("There is no function %1"), W("%2."),
          W("Check the name against the functions of the application file."),
          W("Open Application File")},
    Words{ErrorCode::SourceMissing, W("the function"), W("Cannot find a source in %1"), W("%2."),
          W("Set \"source\" and \"handler\" in the application file, or name a source file that "
            "defines a handler."),
          W("Open Application File")},
    Words{ErrorCode::SourceAmbiguous, W("the source"), W("Several handlers fit in %1"),
          W("Found: %2."),
          W("Say which one is meant: set \"handler\" in the application file, or give --handler."),
          W("Open Application File")},
    Words{ErrorCode::DialectAmbiguous, W("the source"),
          W("The handler in %1 could be of several dialects"), W("It looks like: %2."),
          W("Say which one is meant: set \"dialect\" in the application file, or give --dialect."),
          W("Open Application File")},
    Words{ErrorCode::EventInvalid, W("the event"), W("Cannot use %1 as an event"), W("%2."),
          W("An event is one JSON value, such as {\"lux\": 42}. Nothing was invoked."),
          W("Edit Event")},
    // the runtime
    Words{ErrorCode::RuntimeMissing, W("edgewrightd"), W("Cannot start the runtime"),
          W("%1 did not run: %2."),
          W("The program edgewrightd must lie beside this one and be executable. Build or install "
            "Edgewright again."),
          W("Try Again")},
    Words{ErrorCode::RuntimeUnreachable, W("the runtime"), W("Cannot reach the runtime"),
          W("%1 does not answer: %2."),
          W("Start it again. If that does not help, the file runtime.log in its folder says why."),
          W("Start Runtime")},
    Words{ErrorCode::RuntimeLost, W("the runtime"), W("The runtime went away"),
          W("The connection ended with: %2."),
          W("What was running there has no result. It is started again by the next request; its "
            "file runtime.log says why it ended."),
          W("Start Runtime")},
    Words{ErrorCode::RuntimeIncompatible, W("the runtime"), W("The runtime is of another version"),
          W("It speaks %2."),
          W("Set the runtime up again there, so that both sides are of one version."),
          W("Upgrade Runtime")},
    Words{ErrorCode::RuntimeBusy, W("the function"), W("%1 has too much to do"), nullptr,
          W("All of its workers are busy and its queue is full. Try again later, or raise "
            "\"instances: {max: …}\" in the application file."),
          W("Try Again")},
    Words{ErrorCode::RequestInvalid, W("the request"), W("The runtime refused %1"),
          W("It could not read %2."),
          W("The two sides may be of different versions. Set the runtime up again and repeat "
            "the request."),
          W("Upgrade Runtime")},
    Words{ErrorCode::RecordUnknown, W("that id"), W("Nothing is kept of %1"), W("%2."),
          W("\"edgewright invocations\" and \"edgewright tasks\" list what is. The oldest are "
            "forgotten in time."),
          nullptr},
    Words{ErrorCode::InterpreterMissing, W("the interpreter"), W("Cannot find %1"), W("%2."),
          W("Install the language on the machine that is to run the function, then try again."),
          W("Try Again")},
    Words{ErrorCode::FunctionInitFailed, W("The function"), W("%1 does not load"),
          W("Its code raised %2."),
          W("The version before it, if there is one, keeps serving. Correct the source and save "
            "it."),
          W("Show Source")},
    Words{ErrorCode::FunctionFailed, W("The function"), W("%1 failed"), W("It raised %2."),
          W("Its log and the stack show where. Correct the source and run it again."),
          W("Show Invocation")},
    Words{
        ErrorCode::DependenciesFailed, W("the function"), W("Cannot install what %1 asks for"),
        W("The installer reports: %2."),
        W("The version before it, if there is one, keeps serving. Check the names and versions in "
          "the file, the network, and that pip (package python3-pip) or npm (package npm) is "
          "there; the log has all that was said."),
        W("Show Log")},
    Words{ErrorCode::PortInUse, W("The port"), W("Port %1 is taken"), W("The system reports: %2."),
          W("Another program listens there. Choose another port, or 0 for any free one."),
          W("Use a Free Port")},
    // devices
    Words{ErrorCode::DeviceUnknown, W("that name"), W("There is no device %1"), W("%2."),
          W("Add it with its address, or start a simulated one with \"edgewright device "
            "simulate\"."),
          W("Add Device…")},
    Words{ErrorCode::DeviceUnreachable, W("the device"), W("Cannot reach %1"),
          W("The connection failed with: %2."),
          W("Check that it is switched on, on the same network, and that its SSH server runs."),
          W("Try Again")},
    Words{ErrorCode::DeviceAuthRejected, W("the device"), W("Cannot log in to %1"),
          W("The device answered: %2."),
          W("It did not accept the key. Check the user name, and add your public key to "
            "~/.ssh/authorized_keys there with ssh-copy-id."),
          W("Edit Device…")},
    Words{ErrorCode::DeviceHostKeyUnknown, W("the device"),
          W("The identity of %1 is not known yet"), W("Its host key is %2."),
          W("Compare it with the one that the device itself shows (ssh-keygen -lf "
            "/etc/ssh/ssh_host_ed25519_key.pub). When they are equal, accept it, or give it with "
            "--host-key. Nothing was "
            "sent."),
          W("Compare Keys…")},
    Words{ErrorCode::DeviceHostKeyChanged, W("the device"), W("The identity of %1 has changed"),
          nullptr,
          W("Its host key differs from the one saved. This is expected after reinstalling the "
            "device. Otherwise the connection may be intercepted. Nothing was sent."),
          W("Compare Keys…")},
    Words{ErrorCode::DeviceDiskFull, W("The disk"), W("%1 has no space left"), nullptr,
          W("The new version was not installed and the running version was not changed. Remove "
            "what is not needed there and try again."),
          W("Show Functions There")},
    Words{ErrorCode::DeviceUnsuitable, W("the device"), W("Cannot use %1 as it is"), W("%2."),
          W("The device test lists what is missing, with a remedy for each point."),
          W("Test Device")},
    Words{ErrorCode::DeviceUpgradeFailed, W("the device"), W("The runtime of %1 was not upgraded"),
          W("The new one does not start there: %2."),
          W("The one of before goes on with its functions; nothing is lost. Check the device with "
            "the device test, and that this Edgewright is complete."),
          W("Test Device")},
    Words{ErrorCode::DeviceRemovalFailed, W("the device"),
          W("The runtime of %1 was not removed whole"), W("The device reports: %2."),
          W("What is left lies in ~/.local/share/edgewright and ~/.local/state/edgewright there. "
            "Correct what it reports and remove the runtime again."),
          W("Try Again")},
    Words{ErrorCode::DeviceLost, W("the device"), W("The link to %1 was lost"),
          W("It ended with: %2."),
          W("The functions there go on and keep their readings. The link is made again by itself "
            "as soon as the device answers."),
          W("Connect Now")},
    Words{ErrorCode::SimulatorUnavailable, W("the simulated device"), W("Cannot start %1"),
          W("%2."),
          W("A simulated Raspberry Pi needs the package openssh-server and user namespaces. "
            "Install the package, or see the details for what the system refused."),
          W("Try Again")},
    // controllers
    Words{ErrorCode::TargetUnknown, W("that name"), W("There is no target %1"), W("%2."),
          W("Check the name against \"edgewright targets\", or declare it under \"targets\" in the "
            "application file."),
          W("Open Application File")},
    Words{ErrorCode::ControllerUnreachable, W("the controller"), W("Cannot reach %1"),
          W("The connection failed with: %2."),
          W("Nothing was changed there. Check its address and your network, then try again."),
          W("Try Again")},
    Words{ErrorCode::ControllerAuthRejected, W("the controller"),
          W("%1 did not accept the credentials"), W("It answered: %2."),
          W("Nothing was changed there. Check the key or the token that its settings name."),
          W("Edit Credentials…")},
    Words{ErrorCode::ControllerRefused, W("the controller"), W("%1 refused the request"),
          W("It answered: %2."),
          W("What ran there before goes on. Correct what the answer names, then try again."),
          W("Show Plan")},
    // debugging
    Words{ErrorCode::DebuggerMissing, W("the debugger"), W("Cannot find %1"), W("%2."),
          W("Install it on the machine that runs the function: debugpy (Debian: python3-debugpy) "
            "for Python, node for Node.js."),
          W("Try Again")},
    Words{ErrorCode::DebuggerFailed, W("The debugger"), W("The debugger of %1 ended early"),
          W("It reports: %2."), W("The function goes on without it. Start debugging again."),
          W("Debug Again")},
    // command line
    Words{ErrorCode::UsageInvalid, W("the command line"), W("Cannot understand %1"), W("%2."),
          W("The option --help shows what is possible, with examples."), nullptr},
    Words{ErrorCode::Internal, W("the operation"), W("Something is wrong inside Edgewright"),
          W("It happened in %1: %2."),
          W("Your files are unchanged. Copy the details into a report, so that it can be mended."),
          W("Copy Details")},
};

/// A code may have several causes that want advice of their own. They are told apart by what our
/// own words in the evidence name.
struct Remedy {
    ErrorCode code;
    const char *sign; ///< In the evidence.
    const char *advice;
    const char *action; ///< May be null.
};

constexpr std::array remedies{
    Remedy{ErrorCode::DeviceAuthRejected, "password was given",
           W("It did not accept the password. Check the user name and the password, and that its "
             "SSH server takes passwords (PasswordAuthentication in /etc/ssh/sshd_config)."),
           W("Try Again")},
    Remedy{ErrorCode::DeviceUnsuitable, "cannot be written",
           W("A system mounts a memory card read-only by itself after errors: check the card, and "
             "try \"sudo mount -o remount,rw /\" there. Otherwise give the user a home folder of "
             "its own."),
           W("Try Again")},
    Remedy{ErrorCode::DeviceUnsuitable, "may not restart it",
           W("Nothing was changed there. Restarting needs sudo without a password: put a file into "
             "/etc/sudoers.d there with \"USER ALL=(root) NOPASSWD: /usr/sbin/reboot\", or restart "
             "it by its switch."),
           nullptr},
    Remedy{ErrorCode::DeviceUnsuitable, "run by another program",
           W("Restart it in the window or the command that started it, or end that one and start "
             "the simulated device here."),
           nullptr},
    Remedy{ErrorCode::DeviceUnsuitable, "no runtime for",
           W("Its processor is of another kind than those that Edgewright was built for. Build the "
             "runtime for it, or take another device."),
           nullptr},
    Remedy{ErrorCode::DeviceUnsuitable, "no POSIX shell",
           W("Its SSH server lets nothing but files through, or the user has no shell. Take "
             "ForceCommand out of /etc/ssh/sshd_config there, or give the user a shell with "
             "chsh."),
           W("Try Again")},
    Remedy{ErrorCode::DeviceUnsuitable, "single command a session",
           W("Install openssh-server or dropbear there and let it listen in place of this one."),
           W("Try Again")},
    Remedy{ErrorCode::DeviceUnsuitable, "no SFTP server",
           W("Install openssh-sftp-server there (\"sudo apt install openssh-sftp-server\"). With "
             "OpenSSH, its /etc/ssh/sshd_config needs a line \"Subsystem sftp internal-sftp\"."),
           W("Try Again")},
    // files of a device
    Remedy{ErrorCode::FileUnreadable, "the device denies it",
           W("This user may not read it there. A terminal shows who may with \"ls -l\"; \"sudo "
             "chmod\" and \"sudo chown\" change it."),
           nullptr},
    Remedy{ErrorCode::FileUnwritable, "the device denies it",
           W("Nothing was changed there. This user may not write it, or not in its folder: a "
             "terminal shows who may with \"ls -l\", and \"sudo\" there may do more."),
           nullptr},
    Remedy{ErrorCode::FileUnreadable, "no such file on the device",
           W("It was removed or renamed there meanwhile. Refresh the folder to see what is there "
             "now."),
           nullptr},
    Remedy{ErrorCode::FileUnwritable, "no such file on the device",
           W("It was removed or renamed there meanwhile. Refresh the folder to see what is there "
             "now."),
           nullptr},
    Remedy{ErrorCode::FileUnwritable, "exists already",
           W("Nothing was changed. Choose another name, or remove what has this one."), nullptr},
    Remedy{ErrorCode::FileUnwritable, "file system is read-only",
           W("A system mounts a memory card read-only by itself after errors: check the card, and "
             "try \"sudo mount -o remount,rw /\" there."),
           W("Try Again")},
    Remedy{ErrorCode::FileUnwritable, "belong to its owner",
           W("Nothing was changed there. The file belongs to somebody else, and this user may not "
             "make another in that one's name. Write it with \"sudo\" in a terminal."),
           nullptr},
    Remedy{ErrorCode::FileUnwritable, "changed on the device since",
           W("Nothing was overwritten there, and your text is kept on this computer. Open the file "
             "again to choose which one stays."),
           nullptr},
    Remedy{ErrorCode::FileUnreadable, "too large to edit",
           W("Download it, and upload it again when it is changed."), nullptr},
    Remedy{ErrorCode::FileUnreadable, "no text, but binary",
           W("Download it to open it with a program that knows it."), nullptr},
    Remedy{ErrorCode::DeviceDiskFull, "not written",
           W("What was there before is unchanged. Remove what is not needed and try again."),
           W("Try Again")},
    Remedy{ErrorCode::DeviceLost, "while files were read or written",
           W("No half of a file took the place of a whole one. The link is made again by itself; "
             "then do it once more."),
           W("Connect Now")},
    Remedy{ErrorCode::TargetUnknown, "a group of that name",
           W("Put devices into it with \"edgewright device group add\"."), nullptr},
};

#undef W

QString translated(const char *text)
{
    return text ? QCoreApplication::translate("Errors", text) : QString();
}

/// One line of the evidence: a fault of the user's code as "Type: message", else the first line.
QString headline(const QString &evidence)
{
    const QJsonObject fault = QJsonDocument::fromJson(evidence.toUtf8()).object();
    const QString type = fault.value(QStringLiteral("type")).toString();
    const QString message = fault.value(QStringLiteral("message")).toString();
    QString line = type.isEmpty()      ? evidence
                   : message.isEmpty() ? type
                                       : type + QStringLiteral(": ") + message;
    line = line.trimmed().section(u'\n', 0, 0).trimmed();
    while (line.endsWith(u'.') || line.endsWith(u'!'))
        line.chop(1);
    return line;
}

/// Begins a sentence with a capital, unless it begins with a name: a path, a quotation, "--help".
QString capitalized(QString text)
{
    qsizetype end = 0;
    while (end < text.size() && text[end].isLower())
        ++end;
    const bool isWord = end > 0 && (end == text.size() || text[end] == u' ' || text[end] == u',');
    if (isWord)
        text[0] = text[0].toUpper();
    return text;
}

/// One pass, so that a "%1" within the evidence stays as it is.
QString sentence(const char *words, const QString &what, const QString &evidence)
{
    QStringList parts = translated(words).split(QStringLiteral("%2"));
    for (QString &part : parts)
        part.replace(QStringLiteral("%1"), what);
    return capitalized(parts.join(evidence)).replace(QStringLiteral("?."), QStringLiteral("?"));
}

/// For a code that has no row yet; the test of this module finds it.
constexpr Words wordless{ErrorCode::Internal,
                         QT_TRANSLATE_NOOP("Errors", "the operation"),
                         QT_TRANSLATE_NOOP("Errors", "%1 failed"),
                         QT_TRANSLATE_NOOP("Errors", "The reason given is %2."),
                         QT_TRANSLATE_NOOP("Errors", "The details say more."),
                         nullptr};

} // namespace

UserMessage describe(const Error &error)
{
    if (error.code == ErrorCode::Cancelled)
        return {};
    const auto row = std::ranges::find(table, error.code, &Words::code);
    const Words &words = row == table.end() ? wordless : *row;

    const QString subject = QString::fromStdString(error.subject);
    const QString what = subject.isEmpty() ? translated(words.noun) : u'"' + subject + u'"';
    const QString evidence = QString::fromStdString(error.detail).trimmed();
    const QString line = headline(evidence);

    QStringList sentences;
    if (words.reason && !line.isEmpty())
        sentences << sentence(words.reason, what, line);
    const auto remedy = std::ranges::find_if(remedies, [&](const Remedy &each) {
        return each.code == error.code && evidence.contains(QLatin1String(each.sign));
    });
    const bool hasRemedy = remedy != remedies.end();
    sentences << translated(hasRemedy ? remedy->advice : words.advice);

    const std::string_view name = runtime::wireName(error.code);
    QString details = QString::fromUtf8(name.data(), qsizetype(name.size()));
    if (!evidence.isEmpty())
        details += QStringLiteral(" · ") + evidence;
    return {sentence(words.title, what, line), sentences.join(u' '),
            translated(hasRemedy ? remedy->action : words.action), details};
}

QString toPlainText(const UserMessage &message)
{
    if (message.title.isEmpty())
        return {};
    QString details = message.details;
    details.replace(u'\n', QStringLiteral("\n  "));
    return message.title + QStringLiteral("\n  ") + message.text + QStringLiteral("\n  (") +
           details + QStringLiteral(")\n");
}

} // namespace app
