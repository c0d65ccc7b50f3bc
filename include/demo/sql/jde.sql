-- The JD Edwards tables that the demo reads, in JD Edwards' own storage: text padded with blanks and
-- never NULL, numbers never NULL, dates as CYYDDD, times as HHMMSS, decimals implied.
CREATE SCHEMA IF NOT EXISTS proddta;

-- Work orders
CREATE TABLE IF NOT EXISTS proddta.f4801 (
    wadoco numeric(8, 0) PRIMARY KEY,
    wadcto char(2) NOT NULL,
    wadl01 char(30) NOT NULL,
    wamcu char(12) NOT NULL,
    wammcu char(12) NOT NULL,
    waitm numeric(8, 0) NOT NULL,
    walitm char(25) NOT NULL,
    waaitm char(25) NOT NULL,
    walotn char(30) NOT NULL,
    wauom char(2) NOT NULL,
    wauorg numeric NOT NULL,
    wasoqs numeric NOT NULL,
    watrdj numeric(6, 0) NOT NULL,
    wastrt numeric(6, 0) NOT NULL,
    wadrqj numeric(6, 0) NOT NULL,
    wastrx numeric(6, 0) NOT NULL,
    wasrst char(2) NOT NULL,
    waprts char(1) NOT NULL,
    wauser char(10) NOT NULL,
    wapid char(10) NOT NULL,
    wajobn char(10) NOT NULL,
    waupmj numeric(6, 0) NOT NULL,
    watday numeric(6, 0) NOT NULL
);

-- Item ledger (cardex): lot usage
CREATE TABLE IF NOT EXISTS proddta.f4111 (
    ilukid numeric(15, 0) PRIMARY KEY,
    ilitm numeric(8, 0) NOT NULL,
    illitm char(25) NOT NULL,
    ilmcu char(12) NOT NULL,
    illocn char(20) NOT NULL,
    illotn char(30) NOT NULL,
    ildct char(2) NOT NULL,
    ildoc numeric(8, 0) NOT NULL,
    ildcto char(2) NOT NULL,
    ildoco numeric(8, 0) NOT NULL,
    iltrdj numeric(6, 0) NOT NULL,
    iltrqt numeric NOT NULL,
    iltrum char(2) NOT NULL,
    iluncs numeric NOT NULL,
    ilpaid numeric NOT NULL,
    iltrex char(30) NOT NULL,
    iluser char(10) NOT NULL,
    ilpid char(10) NOT NULL,
    ilcrdj numeric(6, 0) NOT NULL,
    iltday numeric(6, 0) NOT NULL
);

-- Items
CREATE TABLE IF NOT EXISTS proddta.f4101 (
    imitm numeric(8, 0) PRIMARY KEY,
    imlitm char(25) NOT NULL,
    imaitm char(25) NOT NULL,
    imdsc1 char(30) NOT NULL,
    imdsc2 char(30) NOT NULL,
    imstkt char(1) NOT NULL,
    imlnty char(2) NOT NULL,
    imglpt char(4) NOT NULL,
    imuom1 char(2) NOT NULL,
    imuser char(10) NOT NULL,
    impid char(10) NOT NULL,
    imjobn char(10) NOT NULL,
    imupmj numeric(6, 0) NOT NULL,
    imtday numeric(6, 0) NOT NULL
);
