import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { LANGUAGES, type Language, useText } from '@/shared/i18n'
import { logOut } from '@/shared/session/leave'
import { sessionQuery } from '@/shared/session/session'
import {
  IconBook,
  IconGear,
  IconGlobe,
  IconLeave,
  IconMoon,
  IconScreen,
  IconSun,
  IconUser,
} from '@/shared/ui/icons'
import { PROFILE } from './pages'

const SCHEMES = { light: IconSun, dark: IconMoon, auto: IconScreen } as const

/** Light or dark, and the language. */
export function Preferences() {
  const { t, language, setLanguage } = useText()
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true })
  return (
    <Menu position="top-start" withinPortal>
      <Menu.Target>
        <ActionIcon variant="default" size={34} aria-label={t.nav.preferences}>
          <IconGear />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t.nav.theme}</Menu.Label>
        {Object.entries(SCHEMES).map(([scheme, Icon]) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon size={16} />}
            rightSection={colorScheme === scheme ? '✓' : null}
            onClick={() => setColorScheme(scheme as keyof typeof SCHEMES)}
          >
            {t.nav[scheme as keyof typeof SCHEMES]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t.nav.language}</Menu.Label>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <Menu.Item
            key={code}
            lang={code}
            leftSection={<IconGlobe size={16} />}
            rightSection={language === code ? '✓' : null}
            onClick={() => setLanguage(code as Language)}
          >
            {name}
          </Menu.Item>
        ))}
        <Account />
        <Menu.Divider />
        <Menu.Item leftSection={<IconBook size={16} />} component="a" href="/docs">
          {t.nav.docs}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** Who is logged in, and the way out; where nobody has to, nothing. */
function Account() {
  const { t } = useText()
  const { data } = useQuery(sessionQuery)
  if (data?.kind !== 'user') return null
  return (
    <>
      <Menu.Divider />
      <Menu.Label>{t.nav.who(data.name, t.roles[data.role])}</Menu.Label>
      <Menu.Item
        leftSection={<IconUser size={16} />}
        renderRoot={(props) => <Link to={PROFILE.to} {...props} />}
      >
        {t.profile.title}
      </Menu.Item>
      <Menu.Item leftSection={<IconLeave size={16} />} onClick={logOut}>
        {t.nav.logOut}
      </Menu.Item>
    </>
  )
}
