import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { api, body } from '@/shared/api/client'
import { LANGUAGES, type Language, useText } from '@/shared/i18n'
import { sessionQuery } from '@/shared/session/session'
import {
  IconBook,
  IconGear,
  IconGlobe,
  IconLeave,
  IconMoon,
  IconScreen,
  IconSun,
} from '@/shared/ui/icons'
import { useTell } from '@/shared/ui/toasts'

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
  const tell = useTell()
  const { data } = useQuery(sessionQuery)
  const leave = useMutation({
    mutationFn: () => body(api.DELETE('/session')),
    onSuccess: () => window.location.assign('/login'),
    onError: tell.failed,
  })
  if (data?.kind !== 'user') return null
  return (
    <>
      <Menu.Divider />
      <Menu.Label>{t.nav.who(data.name, t.roles[data.role])}</Menu.Label>
      <Menu.Item leftSection={<IconLeave size={16} />} onClick={() => leave.mutate()}>
        {t.nav.logOut}
      </Menu.Item>
    </>
  )
}
