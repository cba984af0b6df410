#include "app/ide/chartfile.h"

#include "runtime-bridge/base/file.h"

#include <QFile>

namespace app {

using runtime::ErrorCode;
using runtime::failure;
using runtime::Result;

Result<device::ChartArrangement> ChartFile::open(const QString &folder)
{
    m_file = folder + QStringLiteral("/.edgewright/charts.json");
    m_isDamaged = false;
    if (!QFile::exists(m_file))
        return device::ChartArrangement{};
    constexpr std::size_t most = 1 << 20;
    const Result<std::string> text = runtime::readFile(m_file.toStdString(), most);
    if (!text) {
        m_isDamaged = true;
        return tl::unexpected(text.error());
    }
    const Result<device::ChartArrangement> arrangement =
        device::arrangementFromJson(QByteArray::fromStdString(*text));
    m_isDamaged = !arrangement;
    if (m_isDamaged)
        return failure(ErrorCode::FileUnreadable, m_file.toStdString(), arrangement.error().detail);
    return arrangement;
}

Result<> ChartFile::save(const device::ChartArrangement &arrangement)
{
    if (m_file.isEmpty())
        return {};
    if (std::exchange(m_isDamaged, false)) {
        QFile::remove(m_file + QStringLiteral(".damaged"));
        QFile::rename(m_file, m_file + QStringLiteral(".damaged"));
    }
    return runtime::writeFile(m_file.toStdString(), toJson(arrangement).toStdString());
}

} // namespace app
