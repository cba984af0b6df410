#pragma once

#include "device-manager/core/terminalscreen.h"

#include <QAbstractScrollArea>
#include <QColor>

#include <array>

namespace device {

/// The colours of a terminal, given by the window.
struct TerminalColors {
    QColor surface, text, cursor, selection;
    std::array<QColor, 16>
        palette; ///< Black, red, green, yellow, blue, magenta, cyan, white; bright.
};

/// A terminal to look at and type into. The screen is as large as fits; what scrolled away is above
/// it. Text that is marked with the mouse is copied with Ctrl+Shift+C and by the middle button.
class TerminalView final : public QAbstractScrollArea
{
    Q_OBJECT

public:
    /// \a screen outlives the view.
    explicit TerminalView(TerminalScreen *screen, QWidget *parent = nullptr);

    void setColors(const TerminalColors &colors);
    void setTerminalFont(const QFont &font);

    [[nodiscard]] QString selectedText() const;
    void copy();
    void paste();

Q_SIGNALS:
    void sizeChanged(int columns, int rows);

protected:
    bool event(QEvent *event) override;
    bool focusNextPrevChild(bool next) override; ///< Tab is the program's.
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void inputMethodEvent(QInputMethodEvent *event) override;
    QVariant inputMethodQuery(Qt::InputMethodQuery query) const override;

private:
    /// A place in the text: its line counts as TerminalScreen's do.
    struct Place {
        int line = 0, column = 0;
        auto operator<=>(const Place &) const = default;
    };

    void fit();
    void onChanged();
    void onScrolledOut(int lines);
    [[nodiscard]] int topLine() const;
    [[nodiscard]] Place placeAt(const QPointF &position) const;
    [[nodiscard]] QPoint cellAt(const QPointF &position) const; ///< Column and row of the screen.
    [[nodiscard]] bool isSelected(Place place) const;
    [[nodiscard]] QRectF cellRect(int line, int column, int cells) const;
    [[nodiscard]] QColor colorOf(const TerminalColor &color, const QColor &otherwise) const;
    void paintLine(QPainter &painter, int line) const;
    void paintRun(QPainter &painter, int line, int column, int cells, const QString &text,
                  const TerminalStyle &style, bool selected) const;
    void paintCursor(QPainter &painter) const;
    bool sendMouse(const QMouseEvent *event, bool pressed);

    TerminalScreen *m_screen;
    TerminalColors m_colors;
    QPointF m_origin{8, 4}; ///< Of the first cell: text does not touch the edge.
    QSizeF m_cell{8, 16};
    qreal m_ascent = 12;
    Place m_anchor, m_end; ///< Of the selection; the same: none.
    bool m_selecting = false;
    int m_wheel = 0; ///< Eighths of a degree that made no line yet.
};

} // namespace device
