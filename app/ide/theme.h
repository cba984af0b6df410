#pragma once

#include "app/ide/tokens.h"
#include "device-manager/ui/watchcolors.h"

#include <QIcon>
#include <QObject>

class QWidget;

namespace app {

/// Which of the two tables is shown.
enum class ThemeChoice { System, Light, Dark };

/// Dresses the application in its tokens: palette, style sheet, fonts and icons all come from the
/// one table. One object, made by main() and outliving every window.
class Theme final : public QObject
{
    Q_OBJECT

public:
    explicit Theme(QObject *parent = nullptr);
    ~Theme() override;

    static Theme &instance(); ///< The one that main() made.

    void apply(ThemeChoice choice);
    [[nodiscard]] ThemeChoice choice() const { return m_choice; }
    [[nodiscard]] const Tokens &tokens() const { return *m_tokens; }

    /// The tokens that charts and figures of devices are painted with.
    [[nodiscard]] device::WatchColors watchColors() const;
    /// An icon of the Breeze family in the text colour, or in \a tint. Empty where the family is
    /// missing.
    [[nodiscard]] QIcon icon(const QString &name, QColor tint = {}) const;
    /// A letter as an icon: the mark of a function is "ƒ".
    [[nodiscard]] QIcon letter(QChar letter, QColor tint) const;
    /// A round mark of a state, with its own shape besides its colour: see StateMark.
    enum class Mark { On, Half, Off, Attention };
    [[nodiscard]] QIcon mark(Mark mark, QColor tint) const;

    [[nodiscard]] QFont codeFont() const;
    /// The interface's font with digits of equal width.
    [[nodiscard]] QFont numberFont() const;

Q_SIGNALS:
    void changed();

private:
    [[nodiscard]] QString styleSheet() const;
    void applyFont();

    ThemeChoice m_choice = ThemeChoice::System;
    const Tokens *m_tokens;
};

} // namespace app
