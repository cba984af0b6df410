#include "editor/ui/glyphs.h"

#include <QPainter>
#include <QPainterPath>

namespace editor {

namespace {

QPainterPath pathOf(Glyph glyph)
{
    QPainterPath path;
    const auto polyline = [&path](std::initializer_list<QPointF> points) {
        path.addPolygon(QPolygonF(QList<QPointF>(points)));
    };
    switch (glyph) {
    case Glyph::Close:
        polyline({{4.5, 4.5}, {11.5, 11.5}});
        polyline({{11.5, 4.5}, {4.5, 11.5}});
        break;
    case Glyph::Up:
        polyline({{8, 13}, {8, 3.5}});
        polyline({{4, 7.5}, {8, 3.5}, {12, 7.5}});
        break;
    case Glyph::Down:
        polyline({{8, 3}, {8, 12.5}});
        polyline({{4, 8.5}, {8, 12.5}, {12, 8.5}});
        break;
    case Glyph::Right: polyline({{6, 4}, {10, 8}, {6, 12}}); break;
    case Glyph::Expanded: polyline({{4, 6}, {8, 10}, {12, 6}}); break;
    case Glyph::Warning:
        path.moveTo(8, 2.5);
        path.lineTo(14, 13);
        path.lineTo(2, 13);
        path.closeSubpath();
        polyline({{8, 6.5}, {8, 9.5}});
        polyline({{8, 11.2}, {8, 11.3}});
        break;
    case Glyph::Removed:
        polyline({{4, 2.5}, {9, 2.5}, {12, 5.5}, {12, 13.5}, {4, 13.5}, {4, 2.5}});
        polyline({{6, 9}, {10, 9}});
        break;
    }
    return path;
}

QPixmap pixmapOf(Glyph glyph, const QColor &color, qreal scale)
{
    QPixmap pixmap(QSize(16, 16) * scale);
    pixmap.setDevicePixelRatio(scale);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(color, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(pathOf(glyph));
    return pixmap;
}

} // namespace

QIcon glyphIcon(Glyph glyph, const QColor &color, const QColor &disabled)
{
    QIcon icon;
    for (const qreal scale : {1.0, 2.0, 3.0}) {
        icon.addPixmap(pixmapOf(glyph, color, scale));
        icon.addPixmap(pixmapOf(glyph, disabled, scale), QIcon::Disabled);
    }
    return icon;
}

} // namespace editor
