<?php
declare(strict_types=1);

/** The database that Parley wrote, by a connection that the child keeps. It is in WAL mode already. */
function database(): PDO
{
    return new PDO('sqlite:' . $_SERVER['DATABASE'], null, null, [
        PDO::ATTR_PERSISTENT => true,
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
        // Seconds that a writer waits for another.
        PDO::ATTR_TIMEOUT => 10,
    ]);
}

/** @return list<array<string, mixed>> */
function rows(PDO $database, string $sql, mixed ...$values): array
{
    $statement = $database->prepare($sql);
    $statement->execute($values);
    return $statement->fetchAll();
}

function escaped(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE);
}

/** A fresh command's id, as a form carries it. */
function command_id(): string
{
    return substr(base_convert(bin2hex(random_bytes(8)), 16, 36) . base_convert(bin2hex(random_bytes(9)), 16, 36), 0, 26);
}

/** memcached by a connection that the child keeps; null where none is given. */
function cache(): ?Memcached
{
    if (($_SERVER['MEMCACHED'] ?? '') === '') {
        return null;
    }
    $cache = new Memcached('bench');
    if ($cache->getServerList() === []) {
        $cache->setOption(Memcached::OPT_BINARY_PROTOCOL, true);
        // Compressing costs more than the socket.
        $cache->setOption(Memcached::OPT_COMPRESSION, false);
        $cache->addServer($_SERVER['MEMCACHED'], 0);
    }
    return $cache;
}
