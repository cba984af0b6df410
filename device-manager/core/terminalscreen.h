#pragma once

#include <QObject>
#include <QPoint>
#include <QString>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace device {

/// A colour as programs name it; what it looks like is the view's affair.
struct TerminalColor {
    enum class Kind : std::uint8_t { Default, Indexed, Rgb };
    Kind kind = Kind::Default;
    std::uint8_t red = 0, green = 0, blue = 0; ///< Indexed: the index, 0 to 255, is in red.

    bool operator==(const TerminalColor &) const = default;
};

/// How a cell is drawn.
struct TerminalStyle {
    TerminalColor foreground, background;
    bool bold = false, italic = false, underline = false, strike = false, reverse = false;

    bool operator==(const TerminalStyle &) const = default;
};

struct TerminalCell {
    std::array<char32_t, 4> chars{}; ///< A character and what is combined with it; 0: blank.
    std::uint8_t width = 1;          ///< 2: covers the next cell too. 0: is covered.
    TerminalStyle style;
};

/// What a terminal shows: makes cells of the bytes that a program writes (xterm's language, by
/// libvterm), and bytes of keys. Has no timing and no look.
///
/// Lines count from the top of the screen; those that scrolled away are -1, -2, … to -history().
class TerminalScreen final : public QObject
{
    Q_OBJECT

public:
    TerminalScreen(int columns, int rows, QObject *parent = nullptr);
    ~TerminalScreen() override;

    void write(const QByteArray &bytes);
    void resize(int columns, int rows); ///< At least 2 by 1.

    [[nodiscard]] int columns() const { return m_columns; }
    [[nodiscard]] int rows() const { return m_rows; }
    [[nodiscard]] int history() const { return int(m_history.size()); }
    [[nodiscard]] TerminalCell cell(int line, int column) const;
    /// Between two places, the last not included; line ends where lines end.
    [[nodiscard]] QString text(int fromLine, int fromColumn, int toLine, int toColumn) const;
    [[nodiscard]] QPoint cursor() const { return m_cursor; } ///< Column and line.
    [[nodiscard]] bool isCursorVisible() const { return m_cursorVisible; }
    [[nodiscard]] QString title() const { return m_title; }
    /// A program has the whole screen (an editor, a pager): there is nothing to scroll back to.
    [[nodiscard]] bool isAlternate() const { return m_alternate; }
    [[nodiscard]] bool wantsMouse() const { return m_mouse; }

    // What the user does, as bytes by output().
    /// False for a key that means nothing to a terminal.
    bool press(int key, Qt::KeyboardModifiers modifiers, const QString &text);
    void paste(const QString &text);
    /// \a button: 1 left, 2 middle, 3 right, 4 and 5 the wheel.
    void pressMouse(int line, int column, int button, bool pressed);

Q_SIGNALS:
    void changed();
    void scrolledOut(int lines); ///< So many more lines are in the history. Before changed().
    void titleChanged(const QString &title);
    void output(const QByteArray &bytes);

private:
    struct Engine; // hides libvterm's types
    friend struct Engine;
    using Line = std::vector<TerminalCell>;

    void keepLine(Line line);
    [[nodiscard]] Line lineAt(int line) const;
    [[nodiscard]] bool pressSpecial(int key, Qt::KeyboardModifiers modifiers);

    std::unique_ptr<Engine> m_engine;
    int m_columns, m_rows;
    std::deque<Line> m_history; ///< Oldest first.
    QPoint m_cursor;
    QString m_title;
    QByteArray m_newTitle;
    int m_scrolled = 0;
    bool m_cursorVisible = true, m_alternate = false, m_mouse = false;
};

} // namespace device
