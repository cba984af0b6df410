#pragma once

#include <QSettings>
#include <QVariant>

namespace app {

/// One remembered choice: where it lies and what it is until somebody chooses.
template<typename T> struct Setting {
    const char *key;
    T otherwise;
};

/// Every setting of the window. Nothing else reads or writes QSettings.
namespace setting {
inline const Setting<int> theme{"window/theme", 0}; ///< ThemeChoice.
inline const Setting<QByteArray> geometry{"window/geometry", {}};
inline const Setting<QByteArray> docks{"window/docks", {}};
inline const Setting<QStringList> recentFolders{"recent/folders", {}};
inline const Setting<QString> function{"run/function", {}};
inline const Setting<QString> event{"run/event", {}};
inline const Setting<QString> target{"run/target", QStringLiteral("here")};
inline const Setting<bool> pushOnSave{"run/pushOnSave", false};
inline const Setting<QByteArray> editors{"editor/session", {}};
} // namespace setting

/// Kept in settings.ini of the state folder. A damaged value counts as not chosen.
class Settings
{
public:
    explicit Settings(const QString &file) : m_store(file, QSettings::IniFormat) {}

    template<typename T> [[nodiscard]] T get(const Setting<T> &setting) const
    {
        const QVariant value = m_store.value(QLatin1String(setting.key));
        return value.isValid() && value.canConvert<T>() ? value.value<T>() : setting.otherwise;
    }
    template<typename T> void set(const Setting<T> &setting, const T &value)
    {
        m_store.setValue(QLatin1String(setting.key), QVariant::fromValue(value));
    }

private:
    QSettings m_store;
};

} // namespace app
