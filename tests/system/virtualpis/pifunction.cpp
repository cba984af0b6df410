#include "pifunction.h"

#include <QFile>

namespace tests {

using device::DeviceLink;

PiFunction::PiFunction() = default;

void PiFunction::writeFile(const QString &name, const QByteArray &contents) const
{
    QFile file(m_folder.filePath(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(contents) != contents.size())
        qFatal("cannot write %s", qPrintable(file.fileName()));
}

void PiFunction::write(const QByteArray &source) const
{
    writeFile(QStringLiteral("answer.py"), source);
}

void PiFunction::writeAnswer(int value) const
{
    write("def handler(event, context):\n    return {'value': " + QByteArray::number(value) +
          "}\n");
}

runtime::ApplicationFunction PiFunction::function(std::chrono::milliseconds every) const
{
    runtime::ApplicationFunction function;
    function.spec.name = "answer";
    function.spec.runtime = "python3";
    function.spec.handler = "answer.handler";
    function.spec.dialect = "aws";
    if (every.count() > 0)
        function.spec.triggers = {runtime::TimerTrigger{every}};
    function.source = m_folder.path().toStdString();
    return function;
}

std::string answerOf(DeviceLink &link)
{
    if (!link.client())
        return "offline";
    runtime::InvokeRequest request;
    request.function = "answer";
    const auto invocation = awaitResult(link.client()->invoke(request));
    if (!invocation)
        return invocation.error().detail;
    return invocation->outcome == runtime::Outcome::Result ? invocation->result
                                                           : invocation->fault.message;
}

DeviceLink::Options testOptions()
{
    return {QStringLiteral(EDGEWRIGHT_BIN_DIR "/edgewrightd"), {}};
}

bool bringOnline(DeviceLink &link)
{
    runtime::Error error;
    const auto noted = QObject::connect(&link, &DeviceLink::failed, &link,
                                        [&error](const runtime::Error &why) { error = why; });
    link.open();
    (void)QTest::qWaitFor(
        [&] {
            return link.state() == DeviceLink::State::Online ||
                   link.state() == DeviceLink::State::Offline;
        },
        120'000);
    QObject::disconnect(noted);
    if (link.state() == DeviceLink::State::Online)
        return true;
    const std::string code(runtime::wireName(error.code));
    qWarning("%s: %s", code.c_str(), error.detail.c_str());
    return false;
}

} // namespace tests
