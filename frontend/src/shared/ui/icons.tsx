import type { ReactNode, SVGProps } from 'react'

/** Icons of one stroke, drawn for this page: a library of thousands would be installed for thirty. */
function icon(drawing: ReactNode, filled = false) {
  // biome-ignore lint/correctness/noComponentHookFactories: each is made once, in this module
  return function Icon({ size = 18, ...rest }: SVGProps<SVGSVGElement> & { size?: number }) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill={filled ? 'currentColor' : 'none'}
        stroke={filled ? 'none' : 'currentColor'}
        strokeWidth={2}
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
        {...rest}
      >
        {drawing}
      </svg>
    )
  }
}

export const IconPulse = icon(<path d="M3 12h4l3-8 4 16 3-8h4" />)
export const IconSearch = icon(
  <>
    <circle cx="11" cy="11" r="6.5" />
    <path d="m16 16 4.5 4.5" />
  </>,
)
export const IconSun = icon(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.600l1.1 1.100M17.3 17.300l1.1 1.100M5.6 18.400l1.1-1.100M17.3 6.700l1.1-1.1" />
  </>,
)
export const IconMoon = icon(<path d="M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5z" />)
export const IconScreen = icon(
  <>
    <rect x="3" y="4" width="18" height="12" rx="2" />
    <path d="M9 20h6M12 16v4" />
  </>,
)
export const IconGlobe = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M3 12h18M12 3c3 2.5 3.8 5.5 3.8 9S15 18.5 12 21c-3-2.5-3.8-5.5-3.8-9S9 5.5 12 3z" />
  </>,
)
export const IconBook = icon(
  <path d="M5 5a2 2 0 0 1 2-2h12v15H7a2 2 0 0 0-2 2zm0 15a1.5 1.5 0 0 0 1.5 1H19M9 7h6" />,
)
export const IconPlay = icon(<path d="M8 5.5v13l10-6.5z" />)
export const IconPause = icon(<path d="M8.5 6v12M15.5 6v12" />)
export const IconRefresh = icon(<path d="M20 11a8 8 0 1 0-.5 4M20 5v6h-6" />)
export const IconGear = icon(
  <>
    <path d="M4 7h8M18 7h2M4 17h2M12 17h8" />
    <circle cx="15" cy="7" r="2.5" />
    <circle cx="9" cy="17" r="2.5" />
  </>,
)
export const IconBell = icon(<path d="M6 17V11a6 6 0 1 1 12 0v6l1.5 1.5h-15zM10 21h4" />)
export const IconCalendar = icon(
  <>
    <rect x="4" y="5" width="16" height="15" rx="2" />
    <path d="M4 10h16M8 3v4M16 3v4" />
  </>,
)
export const IconHost = icon(
  <>
    <rect x="4" y="4" width="16" height="7" rx="2" />
    <rect x="4" y="13" width="16" height="7" rx="2" />
    <path d="M8 7.5h.01M8 16.5h.01" />
  </>,
)
export const IconDatabase = icon(
  <>
    <ellipse cx="12" cy="6" rx="7" ry="3" />
    <path d="M5 6v12c0 1.7 3.1 3 7 3s7-1.3 7-3V6M5 12c0 1.7 3.1 3 7 3s7-1.3 7-3" />
  </>,
)
export const IconDisk = icon(
  <>
    <path d="M4 14 6.5 5.5A2 2 0 0 1 8.4 4h7.200a2 2 0 0 1 1.9 1.5L20 14" />
    <rect x="4" y="14" width="16" height="6" rx="2" />
    <path d="M16 17h.01" />
  </>,
)
export const IconChevron = icon(<path d="m9 6 6 6-6 6" />)
export const IconClose = icon(<path d="M6 6l12 12M18 6 6 18" />)

export const IconSpark = icon(
  <path d="M12 3l2.2 6.8L21 12l-6.8 2.2L12 21l-2.2-6.8L3 12l6.8-2.2z" />,
)
export const IconBolt = icon(<path d="M13 3 5 14h6l-1 7 8-11h-6z" />)
export const IconPlus = icon(<path d="M12 5v14M5 12h14" />)
export const IconCube = icon(<path d="M12 3 4 7.5v9L12 21l8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9" />)
export const IconLeave = icon(<path d="M14 4H6v16h8M10 12h11M17 8l4 4-4 4" />)
export const IconTag = icon(
  <>
    <path d="M4 4h7.5l8.5 8.5-7.5 7.5L4 11.5z" />
    <path d="M8 8h.01" />
  </>,
)

export const IconCopy = icon(
  <>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M15 9V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h3" />
  </>,
)
export const IconDots = icon(<path d="M5 12h.01M12 12h.01M19 12h.01" strokeWidth={3.5} />)
export const IconLock = icon(
  <>
    <rect x="5" y="11" width="14" height="9" rx="2" />
    <path d="M8 11V8a4 4 0 0 1 8 0v3" />
  </>,
)
export const IconUsers = icon(
  <>
    <circle cx="9" cy="8" r="3.5" />
    <path d="M3 20c0-3.5 2.7-5.5 6-5.5s6 2 6 5.5M16 4.8a3.5 3.5 0 0 1 0 6.4M18 15c1.9.8 3 2.6 3 5" />
  </>,
)
export const IconUser = icon(
  <>
    <circle cx="12" cy="8" r="4" />
    <path d="M5 20.5c0-3.8 3.1-6 7-6s7 2.2 7 6" />
  </>,
)
export const IconKey = icon(
  <>
    <circle cx="8" cy="15" r="4" />
    <path d="m11 12 8.5-8.5M15.5 7.5l3 3" />
  </>,
)
export const IconScroll = icon(
  <path d="M7 4h12v14a2.5 2.5 0 0 1-2.5 2.5H6A2.5 2.5 0 0 1 3.5 18v-2H14v2a2.5 2.5 0 0 0 2.5 2.5M7 4v12M10.5 8h5M10.5 12h5" />,
)
export const IconSliders = icon(
  <path d="M5 4v6M5 14v6M12 4v3M12 11v9M19 4v9M19 17v3M3 12h4M10 9h4M17 15h4" />,
)
export const IconCheck = icon(
  <>
    <path d="M4 5.5h9M4 12h6M4 18.5h6" />
    <path d="m13.5 15.5 2.5 2.5 5-6" />
  </>,
)
export const IconMenu = icon(<path d="M4 7h16M4 12h16M4 17h16" />)
export const IconDownload = icon(<path d="M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14" />)
export const IconTrash = icon(<path d="M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5M14 11v5" />)
export const IconPen = icon(<path d="M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5l3.5 3.5" />)

// Shapes of states: each is told from the others without its colour.
export const ShapeCheck = icon(
  <path
    fillRule="evenodd"
    d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm5.2 7.7-6.2 6.800a1.1 1.1 0 0 1-1.6 0l-2.7-2.800a1.1 1.1 0 1 1 1.6-1.5l1.9 2 5.4-6a1.1 1.1 0 1 1 1.6 1.5z"
  />,
  true,
)
export const ShapeTriangle = icon(
  <path
    fillRule="evenodd"
    d="M10.3 3.5a2 2 0 0 1 3.4 0l8.2 14a2 2 0 0 1-1.7 3H3.800a2 2 0 0 1-1.7-3zM12 8a1.1 1.1 0 0 0-1.1 1.200l.3 4.5a.8.8 0 0 0 1.6 0l.3-4.5A1.1 1.1 0 0 0 12 8zm0 7.900a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.400z"
  />,
  true,
)
export const ShapeOctagon = icon(
  <path
    fillRule="evenodd"
    d="M8.4 2h7.200L22 8.400v7.200L15.6 22H8.400L2 15.600V8.400zm.7 5.700a1 1 0 0 0-1.4 1.400l2.9 2.9-2.9 2.900a1 1 0 1 0 1.4 1.400l2.9-2.9 2.9 2.900a1 1 0 0 0 1.4-1.400L13.4 12l2.9-2.900a1 1 0 0 0-1.4-1.400L12 10.600z"
  />,
  true,
)
export const ShapeDiamond = icon(
  <path
    fillRule="evenodd"
    d="M10.6 2.200a2 2 0 0 1 2.8 0l8.4 8.400a2 2 0 0 1 0 2.800l-8.4 8.400a2 2 0 0 1-2.8 0l-8.4-8.400a2 2 0 0 1 0-2.800zM12 7c-1.9 0-3.2 1.2-3.2 2.800a1 1 0 1 0 2 0c0-.5.5-.9 1.2-.9s1.2.4 1.2 1c0 .4-.2.7-.9 1.2-.9.6-1.3 1.2-1.3 2.200a1 1 0 1 0 2 0c0-.3.1-.4.6-.8 1-.7 1.6-1.5 1.6-2.700C15.2 8.2 13.9 7 12 7zm0 8.200a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.200z"
  />,
  true,
)
export const ShapeBars = icon(
  <path
    fillRule="evenodd"
    d="M5 2h14a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H5a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3zm4 5a1 1 0 0 0-1 1v8a1 1 0 0 0 2 0V8a1 1 0 0 0-1-1zm6 0a1 1 0 0 0-1 1v8a1 1 0 0 0 2 0V8a1 1 0 0 0-1-1z"
  />,
  true,
)
export const ShapeClock = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7v5l3 2" />
  </>,
)
export const ShapeHourglass = icon(
  <path d="M6 3h12M6 21h12M7 3c0 5 5 6 5 9s-5 4-5 9M17 3c0 5-5 6-5 9s5 4 5 9" />,
)
export const ShapeSlash = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="m6 18 12-12" />
  </>,
)
export const ShapeTurning = icon(<path d="M12 3a9 9 0 1 1-9 9" strokeWidth={3} />)
export const ShapeSent = icon(<path d="M4 12 20 4l-5 16-3.5-6.5z" />)
