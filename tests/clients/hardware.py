#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Pretend to hear wifis and to have a modem, for GeoClue.

    hardware.py [-m MODEM] [-g LAT,LON] [-w MAC,SSID,DBM,MHZ] ...

Stands in for wpa_supplicant if there are wifis, and for ModemManager if there
is a MODEM, the location it reports: "MCC,MNC,LAC,CID,TAC", the last three
hexadecimal; with -g it also has a fix.  Prints a line when it is there, and
stays until it is ended.  The bus is that of $DBUS_SYSTEM_BUS_ADDRESS.
"""
import argparse
import sys
import time

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

WPA = "fi.w1.wpa_supplicant1"
WPA_PATH = "/fi/w1/wpa_supplicant1"
MM = "org.freedesktop.ModemManager1"
MM_PATH = "/org/freedesktop/ModemManager1"
LOCATION = MM + ".Modem.Location"
PROPERTIES = "org.freedesktop.DBus.Properties"
CELL, NMEA = 1, 4       # sources of a location
SCAN_MS = 100
FIX_MS = 3000           # until the first, so that wifis are heard before


class Thing(dbus.service.Object):
    """An object with properties, {interface: {name: value}}."""

    def __init__(self, bus, path, properties):
        super().__init__(bus, path)
        self.properties = properties

    @dbus.service.method(PROPERTIES, "ss", "v")
    def Get(self, interface, name):
        return self.properties[interface][name]

    @dbus.service.method(PROPERTIES, "s", "a{sv}")
    def GetAll(self, interface):
        return dbus.Dictionary(self.properties.get(interface, {}),
                               signature="sv")

    @dbus.service.signal(PROPERTIES, "sa{sv}as")
    def PropertiesChanged(self, interface, changed, gone):
        pass


class Card(Thing):
    """A wifi card; every scan hears the same."""

    @dbus.service.method(WPA + ".Interface", "a{sv}")
    def Scan(self, _):
        GLib.timeout_add(SCAN_MS, self.ScanDone, True)

    @dbus.service.signal(WPA + ".Interface", "b")
    def ScanDone(self, success):
        return False

    @dbus.service.signal(WPA + ".Interface", "oa{sv}")
    def BSSAdded(self, path, properties):
        pass


def wifi_card(bus, wifis):
    path = WPA_PATH + "/Interfaces/0"
    heard = []
    for i, text in enumerate(wifis):
        mac, ssid, dbm, mhz = text.split(",")
        heard.append(Thing(bus, f"{path}/BSSs/{i}", {WPA + ".BSS": {
            "BSSID": dbus.Array(bytes.fromhex(mac.replace(":", "")), "y"),
            "SSID": dbus.Array(ssid.encode(), "y"),
            "Signal": dbus.Int16(dbm), "Frequency": dbus.UInt16(mhz),
            "Age": dbus.UInt32(0), "Mode": "infrastructure"}}))
    paths = dbus.Array([bss.__dbus_object_path__ for bss in heard], "o")
    card = Card(bus, path, {WPA + ".Interface": {
        "Ifname": "wlan0", "State": "disconnected", "BSSs": paths}})
    root = Thing(bus, WPA_PATH, {WPA: {
        "Interfaces": dbus.Array([card.__dbus_object_path__], "o")}})
    return [root, card, *heard, dbus.service.BusName(WPA, bus)]


def nmea(lat, lon):
    """A fix as a GGA sentence."""
    def minutes(v, width):
        degrees, rest = divmod(abs(v), 1)
        return f"{int(degrees):0{width}}{rest * 60:09.6f}"

    text = ",".join([
        "GPGGA", time.strftime("%H%M%S.00", time.gmtime()),
        minutes(lat, 2), "NS"[lat < 0], minutes(lon, 3), "EW"[lon < 0],
        "1,09,0.9,62.3,M,46.9,M,,"])
    check = 0
    for c in text:
        check ^= ord(c)
    return f"${text}*{check:02X}\r\n"


class Modem(Thing):
    def __init__(self, bus, cell, fix):
        self.fix, self.found = fix, {CELL: cell}
        sources = CELL | (NMEA if fix else 0)
        super().__init__(bus, MM_PATH + "/Modem/0", {
            MM + ".Modem": {
                "Manufacturer": "none", "Model": "none",
                "EquipmentIdentifier": "0", "State": dbus.Int32(8)},
            LOCATION: {
                "Capabilities": dbus.UInt32(sources),
                "Enabled": dbus.UInt32(0), "SignalsLocation": True,
                "Location": self.location()}})
        if fix:
            GLib.timeout_add(FIX_MS, self.find)

    def location(self):
        return dbus.Dictionary({
            dbus.UInt32(source): dbus.String(text, variant_level=1)
            for source, text in self.found.items()}, signature="uv")

    def find(self):
        self.found[NMEA] = nmea(*self.fix)
        return self.tell()

    def tell(self):
        self.properties[LOCATION]["Location"] = self.location()
        self.PropertiesChanged(LOCATION, dbus.Dictionary({
            name: self.properties[LOCATION][name]
            for name in ("Enabled", "Location")}, signature="sv"), [])
        return True

    @dbus.service.method(LOCATION, "ub")
    def Setup(self, sources, _):
        self.properties[LOCATION]["Enabled"] = dbus.UInt32(sources)
        GLib.timeout_add(SCAN_MS, lambda: self.tell() and False)

    @dbus.service.method(LOCATION, "", "a{uv}")
    def GetLocation(self):
        return self.location()

    @dbus.service.method(LOCATION, "u")
    def SetGpsRefreshRate(self, rate_s):
        pass

    @dbus.service.method(MM + ".Modem", "b")
    def Enable(self, _):
        pass


class Manager(Thing):
    def __init__(self, bus, modem):
        super().__init__(bus, MM_PATH, {MM: {"Version": "1.20.4"}})
        self.modem = modem

    @dbus.service.method("org.freedesktop.DBus.ObjectManager", "",
                         "a{oa{sa{sv}}}")
    def GetManagedObjects(self):
        return {self.modem.__dbus_object_path__: dbus.Dictionary({
            name: dbus.Dictionary(values, signature="sv")
            for name, values in self.modem.properties.items()},
            signature="sa{sv}")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-g", dest="fix")
    parser.add_argument("-m", dest="modem")
    parser.add_argument("-w", dest="wifis", action="append", default=[])
    args = parser.parse_args()
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus, here = dbus.SystemBus(), []
    if args.wifis:
        here += wifi_card(bus, args.wifis)
    if args.modem:
        fix = args.fix and [float(v) for v in args.fix.split(",")]
        modem = Modem(bus, args.modem, fix)
        here += [Manager(bus, modem), dbus.service.BusName(MM, bus)]
    print("here", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    sys.exit(main())
