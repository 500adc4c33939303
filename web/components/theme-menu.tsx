import { MonitorIcon, MoonIcon, SunIcon } from 'lucide-react'
import { useState } from 'react'
import { chooseTheme, THEMES, themeOf } from '@/chat/theme'
import { Button } from './ui/button'
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuLabel,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuTrigger,
} from './ui/dropdown-menu'

const ICONS = { system: MonitorIcon, light: SunIcon, dark: MoonIcon }
const NAMES = { system: 'Like the device', light: 'Light', dark: 'Dark' }

export function ThemeMenu() {
  const [theme, setTheme] = useState(() => themeOf(document.documentElement.dataset.theme))
  const Icon = ICONS[theme]
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="icon" className="size-8" title="Colours">
          <Icon aria-hidden="true" />
          <span className="sr-only">Colours</span>
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end" side="top">
        <DropdownMenuLabel>Colours</DropdownMenuLabel>
        <DropdownMenuRadioGroup
          value={theme}
          onValueChange={value => {
            const chosen = themeOf(value)
            chooseTheme(document, chosen)
            setTheme(chosen)
          }}
        >
          {THEMES.map(name => (
            <DropdownMenuRadioItem key={name} value={name}>
              {NAMES[name]}
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
